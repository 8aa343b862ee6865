"""The tables of docs/QUALITY.md: each report has its place, and writing one leaves the rest."""

import importlib.util
import json
from pathlib import Path

import pytest

from benchmarks import quality
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


SHOP = "\n".join(
    f"r{reader},b{book},{4 + reader % 2}"
    for reader in range(60)
    for book in range(30)
    if (reader + book) % 3 and reader % 2 == book % 2
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A kept report of a small shop of two tastes."""
    (tmp_path / "ratings.csv").write_text("user_id,item_id,rating\n" + SHOP, encoding="utf-8")
    protocol = {"interactions": str(tmp_path / "ratings.csv"), "split": "crc32"}
    kept = tmp_path / "shop.json"
    kept.write_text(json.dumps({"protocol": protocol, "models": []}), encoding="utf-8")
    return kept


def test_implicit_is_left_out_aloud_where_it_is_not_installed(
    report: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("implicit"):
        pytest.skip("implicit is installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(report.parent))

    assert quality.of_implicit("shop", report, again=True) == []
    told = capfd.readouterr().err
    assert "SKIPPED implicit: not here" in told
    assert "shop: implicit is left out" in told


def test_implicit_is_asked_as_the_report_was(report: Path) -> None:
    pytest.importorskip("implicit", reason="see benchmarks/peers/requirements.txt")
    from api.wiring.evaluating_recommendations import divide  # noqa: PLC0415
    from benchmarks.peers.implicit_quality import asked_of, compared  # noqa: PLC0415

    divided = divide(asked_of(json.loads(report.read_bytes())))
    models = list(compared(divided))

    assert [model.name for model in models] == ["implicit ALS", "implicit item-item"]
    assert {model.readers for model in models} == {len(divided.readers)}
    assert all(model.metrics["nDCG@10"].mean > 0.5 for model in models)
