"""`bookwheel evaluate search` as a process: a collection in, figures out."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Run = subprocess.CompletedProcess[str]


def evaluate(*arguments: str | Path) -> Run:
    command = [sys.executable, "-m", "api.cli", "evaluate", "search", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    documents = [
        {"id": "a", "title": "Wings in a slipstream", "author": "Brenckman, M."},
        {"id": "b", "title": "Shear flow past a plate", "text": "Slow viscous flow."},
        {"id": "c", "title": "Time sharing", "text": "An operating system."},
    ]
    docs = tmp_path / "docs.jsonl.gz"
    docs.write_bytes(gzip.compress("\n".join(map(json.dumps, documents)).encode()))
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "1", "text": "slipstream wings"}\n{"id": "2", "text": "shear"}\n')
    tsv = tmp_path / "qrels.tsv"
    tsv.write_text("query_id\tdoc_id\tgain\n1\ta\t2\n2\tb\t1\n")
    trec = tmp_path / "qrels.txt"
    trec.write_text("1 0 a 2\n2 0 b 1\n2 0 c 0\n")
    table = tmp_path / "targets.csv"
    table.write_text("typed,target\nslipstraem wings,a\nshear flow,b\n")
    return {"docs": docs, "queries": queries, "tsv": tsv, "trec": trec, "table": table}


@pytest.mark.parametrize("qrels", ["tsv", "trec"])
def test_right_books_first_give_full_marks(
    files: dict[str, Path], tmp_path: Path, qrels: str
) -> None:
    out = tmp_path / "out.json"

    done = evaluate(
        "--docs", files["docs"], "--queries", files["queries"], "--qrels", files[qrels],
        "--baseline", "bm25", "--json", out,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "3 documents, 2 questions" in done.stdout
    written: list[dict[str, Any]] = json.loads(out.read_text())
    assert [one["name"] for one in written] == ["search", "bm25"]
    assert written[0]["metrics"]["nDCG@10"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert written[0]["answers"][0]["first"][0] == "a"


def test_questions_of_a_table_name_their_one_document(files: dict[str, Path]) -> None:
    done = evaluate(
        "--docs", files["docs"], "--queries", files["table"],
        "--query-column", "typed", "--target-column", "target",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "success@1   1.000 [1.000, 1.000]" in done.stdout


def test_mistake_is_told_in_one_line(files: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.tsv"
    broken.write_text("1\ta\t2\nnonsense\n")

    done = evaluate("--docs", files["docs"], "--queries", files["queries"], "--qrels", broken)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "broken.tsv, line 2" in done.stderr


def test_judgements_are_needed_once(files: dict[str, Path]) -> None:
    done = evaluate("--docs", files["docs"], "--queries", files["queries"])

    assert done.returncode == 2
    assert "--qrels or --target-column" in done.stderr
