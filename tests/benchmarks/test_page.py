"""`just bench page` writes every marked table and every picture of docs/PERFORMANCE.md."""

import re
from importlib.util import find_spec

import pytest

from benchmarks.page import PAGE, PARTS, TREE, Program, Session
from benchmarks.pages import placed

TEXT = PAGE.read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_its_place_on_the_page(name: str) -> None:
    assert f"<!-- {name} -->\n\nnew\n\n<!-- end -->" in placed(TEXT, name, "new")


def test_every_marked_table_is_written() -> None:
    assert sorted(re.findall(r"<!-- (?!end)(\S+) -->", TEXT)) == sorted(PARTS)


def test_every_picture_is_there_and_is_drawn() -> None:
    drawn = [part.picture for part in PARTS.values() if isinstance(part, Program)]

    assert sorted(PICTURES) == sorted(drawn)
    assert [name for name in PICTURES if not (PAGE.parent / name).exists()] == []


@pytest.mark.parametrize("part", PARTS.values(), ids=[*PARTS])
def test_every_part_runs_what_there_is(part: Session | Program) -> None:
    if isinstance(part, Program):
        assert find_spec(part.module) is not None
    else:
        assert (TREE / "benchmarks" / f"{part.file}.py").exists()
