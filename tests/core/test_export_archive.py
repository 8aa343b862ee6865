"""The zip that a reader gets."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.kernel.ids import new_id
from core.privacy.export import archive, table

NOW = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)


def test_every_part_comes_as_json_and_csv() -> None:
    review = {"id": new_id(), "rating": 5, "text": "Très bien", "created_at": NOW, "note": None}

    made = zipfile.ZipFile(io.BytesIO(archive({"review": [review]}, made_at=NOW)))

    assert made.namelist() == ["README.txt", "review.json", "review.csv"]
    assert json.loads(made.read("review.json")) == [
        {**review, "id": str(review["id"]), "created_at": "2026-11-29T12:30:00Z"}
    ]
    [row] = csv.DictReader(io.StringIO(made.read("review.csv").decode(), newline=""))
    assert row == {
        "id": str(review["id"]),
        "rating": "5",
        "text": "Très bien",
        "created_at": "2026-11-29T12:30:00Z",
        "note": "",
    }
    assert "review: 1 rows" in made.read("README.txt").decode()


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=30)), max_size=5))
def test_no_cell_is_a_formula_and_none_is_lost(rows: list[dict[str, str]]) -> None:
    read = list(csv.DictReader(io.StringIO(table(rows), newline=""), strict=True))

    names = {name for row in rows for name in row}
    assert len(read) == (len(rows) if names else 0)
    for row, given_row in zip(read, rows, strict=False):
        for name in names:
            value = given_row.get(name, "")
            assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r"))
            assert row[name].removeprefix("'") == value.removeprefix("'")
