"""`bookwheel loadtest`: visitors for a shop on this machine, and whether they waited too long."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.load.report import Latency, Load

_AMOUNT = click.FloatRange(0)
_OUT = click.Path(dir_okay=False, path_type=Path)
_LINE_SECONDS = 2.0


@click.command(
    help="Send REQUESTS as visitors do, over USERS connections, to a shop on this machine.",
    context_settings={"show_default": True},
)
@click.argument("users", type=click.IntRange(1, 1_000))
@click.argument("requests", type=click.IntRange(1, 10_000_000))
@click.option("--url", default="http://127.0.0.1:8000", help="Where it listens.")
@click.option("--rate", type=_AMOUNT, default=0.0, help="Arrivals a second; 0: 70 % of capacity.")
@click.option("--seed", default=0, help="Of books, kinds and arrivals.")
@click.option("--success", type=click.FloatRange(0, 1), default=0.999, help="Least share answered.")
@click.option("--average", type=_AMOUNT, default=50.0, help="Most milliseconds on average.")
@click.option("--per-second", type=_AMOUNT, default=50.0, help="Least answers a second.")
@click.option("--json", "out", type=_OUT, help="Write JSON.")
@click.option("--plot", type=_OUT, help="Write latency by percentile as SVG.")
def command(
    *,
    users: int,
    requests: int,
    url: str,
    rate: float,
    seed: int,
    success: float,
    average: float,
    per_second: float,
    out: Path | None,
    plot: Path | None,
) -> None:
    import msgspec  # noqa: PLC0415 - not for `--help`

    from api.wiring.load_testing import Plan, load_test  # noqa: PLC0415
    from core.load.chart import percentile_chart  # noqa: PLC0415
    from core.load.report import Criteria, shortfalls  # noqa: PLC0415

    plan = Plan(url=url, users=users, requests=requests, rate=rate, seed=seed)
    tested = load_test(plan, _progress)
    for line in table(tested.load):
        click.echo(line)
    if out:
        _write(out, msgspec.json.format(msgspec.json.encode(tested.load)).decode())
    if plot:
        title = f"{requests:,} requests, {tested.load.rate:,.0f} a second, by percentile"
        _write(plot, percentile_chart(tested.latencies, title))
    missed = shortfalls(tested.load, Criteria(success, average, per_second))
    if missed:
        raise click.ClickException("not good enough: " + "; ".join(missed))
    click.echo("good enough")


def table(load: "Load") -> Iterator[str]:
    """Lines: the whole, then each kind of request."""
    capacity = f", {load.capacity:,.0f} a second when kept busy" if load.capacity else ""
    yield (
        f"{load.requests:,} requests over {load.users} connections: {load.rate:,.0f} a second came,"
        f" {load.per_second:,.0f} were answered{capacity}"
    )
    told = ", ".join(
        f"{number:,} × {status or 'no answer'}" for status, number in sorted(load.statuses.items())
    )
    yield f"answers: {told}"
    if load.cpu_us is not None and load.memory_mb is not None:
        yield f"server: {load.cpu_us:,.0f} µs CPU a request, {load.memory_mb:,.0f} MB resident"
    yield f"{'ms from when it was due':<26}{'requests':>9}{_titles()}"
    yield f"{'all':<26}{load.requests:>9,}{_cells(load.latency)}"
    for kind in load.kinds:
        yield f"{kind.name:<26}{kind.requests:>9,}{_cells(kind.latency)}"


def _titles() -> str:
    names = ("mean", "p50", "p95", "p99", "p99.9", "longest")
    return "".join(f"{name:>10}" for name in names)


def _cells(latency: "Latency") -> str:
    return "".join(
        f"{each:>10.2f}"
        for each in (
            latency.mean, latency.p50, latency.p95, latency.p99, latency.p999, latency.longest,
        )
    )  # fmt: skip


def _progress(doing: str) -> Callable[[int], None]:
    """A line on standard error every two seconds."""
    said = 0.0

    def tell(answered: int) -> None:
        nonlocal said
        if time.monotonic() - said >= _LINE_SECONDS:
            said = time.monotonic()
            click.echo(f"{doing}: {answered:,} answered", err=True)

    return tell


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), hint=error.strerror) from error
