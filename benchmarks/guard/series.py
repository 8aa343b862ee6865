"""Sessions repeated until every interval is tight, or until there is no time left."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from benchmarks.guard.changes import FEWEST, Change, Verdict, change

Series = dict[str, list[float]]
Session = Callable[[], Mapping[str, float]]


class NoCommit(Exception):
    """The checkout does not hold it; the message says what git said."""


def series(
    now: Session, seconds: float, *, known: Mapping[str, Sequence[float]] | None = None,
    before: Session | None = None, fewest: int = FEWEST,
    told: Callable[[str], object] = lambda line: None,
) -> tuple[Series, dict[str, Change]]:  # fmt: skip
    """Repeat `now`, in turns with `before` or beside what is known; by name what changed.

    seconds: after which no session begins; `fewest` of each are done in any case.
    """
    measured: Series = {}
    earlier: Series = {name: list(ratios) for name, ratios in (known or {}).items()}
    deadline = monotonic() + seconds
    count = 0
    while True:
        for asked, kept in ((before, earlier), (now, measured)):
            for name, ratio in (asked() if asked else {}).items():
                kept.setdefault(name, []).append(ratio)
        count += 1
        changes = {
            name: change(earlier[name], ratios)
            for name, ratios in measured.items()
            if len(ratios) > 1 and len(earlier.get(name, ())) > 1
        }
        unclear = sum(each.verdict is Verdict.UNCLEAR for each in changes.values())
        told(f"session {count}: {unclear} of {len(changes)} unclear")
        if count >= fewest and (not unclear or monotonic() > deadline):
            return measured, changes


@contextmanager
def checkout(tree: Path, commit: str) -> Iterator[Path]:
    """Another checkout of the commit, in a folder that goes with it. Raises NoCommit."""
    with tempfile.TemporaryDirectory(prefix="bookwheel-before-") as folder:
        path = Path(folder) / "tree"
        _git(tree, "worktree", "add", "--detach", "--quiet", str(path), commit)
        try:
            yield path
        finally:
            _git(tree, "worktree", "remove", "--force", str(path))


def commit_of(tree: Path) -> str:
    return _git(tree, "rev-parse", "HEAD")


def _git(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        ("git", *arguments), cwd=tree, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoCommit(done.stderr.strip())
    return done.stdout.strip()
