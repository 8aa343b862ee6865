"""What benchmarks share: the index, the real catalogues, and the table at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.processes import settle_collector
from benchmarks.corpus import BOOKS, open_index, synthetic_index
from benchmarks.table import Row, cells_of, lines_of, markdown_of
from ext.tantivy_search.published import PublishedSnapshot

SHARED = Path(__file__).parents[2] / "shared" / "data"
ROWS = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="Write the table as Markdown, too.")


@pytest.fixture(scope="session")
def snapshot() -> PublishedSnapshot:
    """The synthetic catalogue's index, opened once."""
    opened = open_index(synthetic_index())
    settle_collector()  # as a worker does
    return opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of large public catalogues beside the project, where there is one."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: real catalogues are measured where it is")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    result = yield
    benchmark = item.funcargs.get("benchmark")
    if isinstance(benchmark, BenchmarkFixture) and benchmark.stats is not None:
        question = (item.module.__doc__ or item.module.__name__).splitlines()[0]
        median_us = benchmark.stats.stats.median * 1e6
        rows = item.config.stash.setdefault(ROWS, [])
        rows += [
            Row(question, cells) for cells in cells_of(item.name, benchmark.extra_info, median_us)
        ]
    return result


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if rows := config.stash.get(ROWS, []):
        terminalreporter.section("each call beside its control, measured in turns")
        for line in lines_of(rows, BOOKS):
            terminalreporter.write_line(line)
        if file := config.getoption("--table"):
            file.write_text(markdown_of(rows, BOOKS), encoding="utf-8")
