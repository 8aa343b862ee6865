"""`bookwheel evaluate recommendations` as a process: a file of acts in, figures out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

Run = subprocess.CompletedProcess[str]


def evaluate(*arguments: str | Path) -> Run:
    command = [sys.executable, "-m", "api.cli", "evaluate", "recommendations"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Eighty readers of even or odd books out of twenty-four."""
    rows = [
        f"{reader},{2 * ((reader + 5 * step) % 12) + reader % 2},{3 + (step + 2) % 3},{100 + step}"
        for reader in range(80)
        for step in range(7)
    ]
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(["user_id,book_id,rating,timestamp", *rows]) + "\n")
    return path


@pytest.mark.parametrize("split", ["global-time", "reader-time", "random", "crc32"])
def test_every_method_stands_side_by_side(ratings: Path, split: str) -> None:
    done = evaluate("--interactions", ratings, "--split", split)

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("560 acts with 24 books")
    names = [line[:28].strip() for line in lines[2:12]]
    assert names == [
        "bookwheel", "local ridge", "item-kNN", "SLIM", "ALS", "RP3beta", "EASE^R", "user-kNN",
        "trending", "popularity",
    ]  # fmt: skip


def test_json_and_plot_are_written(ratings: Path, tmp_path: Path) -> None:
    out, plot = tmp_path / "out.json", tmp_path / "out.svg"

    done = evaluate(
        *("--interactions", ratings, "--model", "popularity", "--model", "item-kNN"),
        *("--json", out, "--plot", plot),
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    assert [model["name"] for model in told["models"]] == ["item-kNN", "popularity"]
    assert told["models"][0]["metrics"]["nDCG@10"]["mean"] > 0
    assert plot.read_text().startswith("<svg")


def test_one_kind_is_learnt_from_and_another_guessed(tmp_path: Path) -> None:
    rows = [f"{reader},{(reader + step) % 9},view" for reader in range(40) for step in range(4)]
    rows += [f"{reader},{(reader + 5) % 9},purchase" for reader in range(40)]
    rows += [f"{reader},{reader % 9},purchase" for reader in range(40)]
    path = tmp_path / "events.csv"
    path.write_text("\n".join(["user_id,item_id,event", *rows]) + "\n")

    done = evaluate(
        *("--interactions", path, "--history", "view", "--target", "purchase"),
        *("--model", "item-kNN"),
    )

    assert done.returncode == 0, done.stderr
    assert "200 acts with 9 books, 40 readers asked, kinds split" in done.stdout


def test_file_without_readers_is_refused_with_the_names_that_would_do(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    done = evaluate("--interactions", path)

    assert done.returncode == 1
    assert "user_id" in done.stderr


def test_target_without_history_is_bad_usage(ratings: Path) -> None:
    assert evaluate("--interactions", ratings, "--target", "purchase").returncode == 2
