"""Progress of work in several steps: a bar on a terminal, a line for each step everywhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Report = Callable[[str, float], None]


class Steps:
    """Tells each step when it is done, with the seconds it took."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def seconds(self) -> float:
        """Since the first step was thought of."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, doing: str) -> Iterator["Step"]:
        """Shows `doing` while it lasts; `Step.done` says what came of it."""
        step = Step(doing)
        began = time.monotonic()
        with self._bar(doing) as step.report:
            yield step
        click.echo(f"  ✓ {step.done or doing:<62} {time.monotonic() - began:6.1f} s")

    @contextmanager
    def _bar(self, doing: str) -> Iterator[Report]:
        if not sys.stdout.isatty():
            yield lambda stage, share: None
            return
        from rich.progress import Progress  # noqa: PLC0415 - not where there is no terminal

        with Progress(transient=True) as bar:
            task = bar.add_task(doing, total=None)

            def report(stage: str, share: float) -> None:
                """share: 0 to 1 of the stage, or a count above 1 where the end is unknown."""
                known = 0 < share <= 1
                text = (
                    f"{doing}: {stage}" if known or not share else f"{doing}: {stage} {share:,.0f}"
                )
                bar.update(task, description=text, completed=share, total=1.0 if known else None)

            yield report


class Step:
    """done: what to tell at the end; report: hears the stage and how far it has come."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.done = ""
        self.report: Report = lambda stage, share: None
