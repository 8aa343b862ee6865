"""Write the measured part of docs/QUALITY.md, each table from one command of the shop's own.

    just quality                    # measure what is not measured yet, write the tables
    just quality goodbooks --again  # measure what is named so anew

Reports are kept as JSON under `$XDG_CACHE_HOME/bookwheel-quality`. Collections lie beside the
project in ../shared/data; a table whose collection is absent and that was never measured stays as
it is. Tables stand between `<!-- NAME -->` and `<!-- end -->`. Where `just bench peers` has
installed `implicit`, tables of recommendations have it beside the others, under the same protocol;
else the run says that it is left out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.pages import placed
from benchmarks.peers.__main__ import ONE_THREAD, installed

PROJECT = Path(__file__).parents[1]
DATA = PROJECT.parent / "shared" / "data"
PAGE = PROJECT / "docs" / "QUALITY.md"
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bookwheel-quality"

GOODBOOKS = (
    "recommendations --interactions goodbooks/ratings.csv.gz "
    "--items goodbooks/books.csv.gz --mapping goodbooks"
)
BY_NAME = (
    "--mapping goodbooks --queries known-item-books/books7k_to_goodbooks.csv "
    "--query-column query_title --target-column target_book_id"
)


class Report(NamedTuple):
    """command: of `bookwheel evaluate`, paths from the folder of collections. rows: lines of a
    table, of what the command wrote. beside_implicit: whether that library stands in it too."""

    command: str
    rows: Callable[[Any], Iterator[str]]
    beside_implicit: bool = False


def recommended(report: Any) -> Iterator[str]:
    readers = report["models"][0]["readers"] if report["models"] else 0
    yield f"| {readers:,} readers | nDCG@10 | recall@10 | told 1 | told 3 | coverage |"
    yield "|---|---|---|---|---|---|"
    for model in report["models"]:
        ndcg, recall = model["metrics"]["nDCG@10"], model["metrics"]["recall@10"]
        told = model["revealed"]
        yield (
            f"| {model['name']} | {ndcg['mean']:.3f} [{ndcg['low']:.3f}, {ndcg['high']:.3f}] "
            f"| {recall['mean']:.3f} | {told['1']:.3f} | {told['3']:.3f} "
            f"| {model['coverage']:.3f} |"
        )


def searched(measured: Any) -> Iterator[str]:
    yield f"| {measured[0]['questions']:,} questions | " + " | ".join(METRICS) + " |"
    yield "|---" * (len(METRICS) + 1) + "|"
    for one in measured:
        cells = (one["metrics"][metric] for metric in METRICS)
        told = " | ".join(f"{of['mean']:.3f} [{of['low']:.3f}, {of['high']:.3f}]" for of in cells)
        yield f"| {one['name']} | {told} |"


METRICS = ("nDCG@10", "MRR@10", "success@1")


REVERSED = (
    "--mapping benchmarks/books-7k.toml --queries known-item-books/goodbooks_to_books7k.csv "
    "--query-column query_title --target-column isbn13"
)


def judged(name: str) -> Report:
    files = f"--docs {name}/docs.jsonl.gz --queries {name}/queries.jsonl --qrels {name}/qrels.tsv"
    return Report(f"search {files} --binary --baseline bm25", searched)


REPORTS = {
    "known-items": Report(f"search --docs goodbooks/books.csv.gz {BY_NAME}", searched),
    "known-items-reversed": Report(f"search --docs books-7k/books.csv.gz {REVERSED}", searched),
    "cranfield": judged("cranfield"),
    "cacm": judged("cacm"),
    "med": judged("med"),
    "time": judged("time"),
    "goodbooks": Report(f"{GOODBOOKS} --split crc32", recommended, beside_implicit=True),
    "book-crossing": Report(
        "recommendations --interactions book-crossing-reduced/interactions_implicit.csv.gz "
        "--split crc32",
        recommended,
        beside_implicit=True,
    ),
    "retailrocket": Report(
        "recommendations --interactions retailrocket-reduced/events.csv.gz "
        "--history view --target purchase",
        recommended,
        beside_implicit=True,
    ),
    "new-books": Report(f"{GOODBOOKS} --split new-books", recommended),
}


@click.command(help="Write the measured part of docs/QUALITY.md.")
@click.argument("names", nargs=-1, type=click.Choice(list(REPORTS)))
@click.option("--again", is_flag=True, help="Measure anew.")
def main(names: tuple[str, ...], *, again: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in names or REPORTS:
        if found := table(name, again=again):
            page = placed(page, name, found)
    PAGE.write_text(page, encoding="utf-8")


def table(name: str, *, again: bool) -> str:
    """Markdown; "" for what was never measured and cannot be."""
    report, kept = REPORTS[name], KEPT / f"{name}.json"
    if again or not kept.exists():
        if not (DATA / first_file(report.command)).exists():
            click.echo(f"{name}: {DATA / first_file(report.command)} is not here", err=True)
            return ""
        measure(report.command, kept)
    measured = json.loads(kept.read_bytes())
    if report.beside_implicit:
        measured["models"] += of_implicit(name, kept, again=again)
    day = datetime.fromtimestamp(kept.stat().st_mtime, UTC)
    command = f"`bookwheel evaluate {report.command}`"
    return "\n".join((*report.rows(measured), "", f"{command}, {day:%-d %B %Y}."))


def measure(command: str, kept: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    paths = [located(word) if "/" in word else word for word in command.split()]
    arguments = [sys.executable, "-m", "api.cli", "evaluate", *paths]
    subprocess.run([*arguments, "--json", str(kept)], check=True, cwd=PROJECT)


def of_implicit(name: str, kept: Path, *, again: bool) -> list[Any]:
    """What the library reaches under the protocol of a kept report; [] where it is not here."""
    beside = KEPT / f"{name}.implicit.json"
    if again or not beside.exists():
        python = installed() if installed().exists() else sys.executable
        command = (python, "-m", "benchmarks.peers.implicit_quality", kept, beside)
        given = {**ONE_THREAD, **os.environ}
        if subprocess.run(command, check=False, cwd=PROJECT, env=given).returncode:
            click.echo(f"{name}: implicit is left out", err=True)
            return []
    models: list[Any] = json.loads(beside.read_bytes())["models"]
    return models


def located(word: str) -> str:
    own = PROJECT / word
    return str(own if own.exists() else DATA / word)


def first_file(command: str) -> str:
    return next(word for word in command.split() if "/" in word)


if __name__ == "__main__":
    main()
