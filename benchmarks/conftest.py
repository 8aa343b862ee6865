"""What benchmarks share: the index, the real catalogues, which file is measured, the table."""

import time
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


class Progress:
    """Says which file of how many is measured, its question, and how long those before took."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._began = time.monotonic()
        self._files: list[str] = []
        self._file = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._files = list(dict.fromkeys(_file_of(item.nodeid) for item in session.items))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if (file := _file_of(nodeid)) == self._file:
            return
        if self._file:
            self._reporter.line("")  # the end of its dots
        self._file = file
        number, minutes = self._files.index(file) + 1, (time.monotonic() - self._began) / 60
        told = f"[{number} of {len(self._files)}, {minutes:.1f} min] {Path(file).stem}"
        self._reporter.write_line(f"{told}: {_question_in(Path(file))}")


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _question_in(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].removeprefix('"""')


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if (reporter := config.pluginmanager.get_plugin("terminalreporter")) is not None:
        config.pluginmanager.register(Progress(reporter))


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
