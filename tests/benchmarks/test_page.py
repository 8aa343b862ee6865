"""`just bench page` writes every marked table and every picture of docs/PERFORMANCE.md."""

import re
from importlib.util import find_spec

import pytest

from benchmarks.page import PAGE, PARTS, TARGETS, Part, Program, targets
from benchmarks.pages import placed
from benchmarks.processes import TREE

TEXT = PAGE.read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_its_place_on_the_page(name: str) -> None:
    assert f"<!-- {name} -->\n\nnew\n\n<!-- end -->" in placed(TEXT, name, "new")


def test_every_marked_table_is_written() -> None:
    assert sorted(re.findall(r"<!-- (?!end)(\S+) -->", TEXT)) == sorted([TARGETS, *PARTS])


def test_every_picture_is_there_and_is_drawn() -> None:
    drawn = [part.picture for part in PARTS.values() if isinstance(part, Program)]

    assert sorted(PICTURES) == sorted(drawn)
    assert [name for name in PICTURES if not (PAGE.parent / name).exists()] == []


@pytest.mark.parametrize("part", PARTS.values(), ids=[*PARTS])
def test_every_part_runs_what_there_is(part: Part) -> None:
    if isinstance(part, Program):
        assert find_spec(part.module) is not None
    else:
        assert (TREE / "benchmarks" / f"{part.file}.py").exists()


def test_rows_with_a_target_are_gathered_and_missed_ones_stand_out() -> None:
    page = """
<!-- search -->

| call  | median | control | ratio | quiet | mean | target         |
| ----- | ------ | ------- | ----- | ----- | ---- | -------------- |
| words | 5 µs   | 1 µs    | 5     | 4     | 4    | ≤ 2.5, missed  |
| other | 2 µs   | 1 µs    | 2     | 2     | 2    | ≤ 2.5          |
| rest  | 2 µs   | 1 µs    | 2     | 2     | 2    |                |

<!-- end -->

<!-- nothing-yet -->
<!-- end -->
"""

    told = [line.split("|")[1:-1] for line in targets(page)]

    assert [[cell.strip() for cell in cells] for cells in told[2:]] == [
        ["search", "words", "5 µs", "1 µs", "5", "≤ 2.5", "**missed**"],
        ["search", "other", "2 µs", "1 µs", "2", "≤ 2.5", "met"],
    ]
