"""The tables of docs/QUALITY.md: each report has its place, and writing one leaves the rest."""

import pytest

from benchmarks.pages import placed
from benchmarks.quality import PAGE, REPORTS, recommended, searched

INTERVAL = {"mean": 0.25, "low": 0.2, "high": 0.3}


def test_every_report_has_its_place_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")

    for name in REPORTS:
        assert f"\n\nnew {name}\n\n" in placed(page, name, f"new {name}")


def test_a_table_is_written_between_its_marks_alone() -> None:
    page = "a\n<!-- one -->\n\nold\n\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"

    written = placed(page, "one", "new")

    assert written == (
        "a\n<!-- one -->\n\nnew\n\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="three"):
        placed(page, "three", "new")


def test_rows_tell_what_was_measured() -> None:
    model = {
        "name": "ridge", "readers": 1_234, "coverage": 0.5, "revealed": {"1": 0.1, "3": 0.2},
        "metrics": {"nDCG@10": INTERVAL, "recall@10": INTERVAL},
    }  # fmt: skip
    ranker = {
        "name": "search", "questions": 52,
        "metrics": dict.fromkeys(("nDCG@10", "MRR@10", "success@1"), INTERVAL),
    }  # fmt: skip

    told = list(recommended({"models": [model]}))
    found = list(searched([ranker]))

    assert told[0].startswith("| 1,234 readers |")
    assert told[2] == "| ridge | 0.250 [0.200, 0.300] | 0.250 | 0.100 | 0.200 | 0.500 |"
    assert found[2].count("0.250 [0.200, 0.300]") == 3
