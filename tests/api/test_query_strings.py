"""The query string, read by hand as urllib reads it."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from api.asgi.query import query_pairs, read_query
from core.kernel.errors import Invalid


class Page(Struct):
    page: int = 1
    q: str = ""


class Book(Struct):
    book_id: int


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=50))
def test_pairs_survive_encoding(pairs: list[tuple[str, str]]) -> None:
    assert query_pairs(urlencode(pairs).encode()) == pairs


@given(st.text(alphabet="ab=&+%25C3A9", max_size=60))
def test_pairs_are_what_urllib_reads(text: str) -> None:
    expected = parse_qsl(text, keep_blank_values=True)

    assert query_pairs(text.encode()) == expected


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert query_pairs(b"q=%ff\xff") == [("q", "\ufffd\xff")]


def test_query_is_read_as_a_struct() -> None:
    assert read_query(b"page=3&q=", Page) == Page(3, "")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [(b"size=3", "size"), (b"page=1&page=2", "page"), (b"page=x", "page")],
)
def test_query_that_breaks_a_rule_is_named(query: bytes, parameter: str) -> None:
    """ASVS v5.0.0-15.3.7."""
    with pytest.raises(Invalid) as raised:
        read_query(query, Page)

    assert [fault.pointer for fault in raised.value.faults] == [parameter]


def test_missing_parameter_is_named() -> None:
    with pytest.raises(Invalid) as raised:
        read_query(b"", Book)

    assert [fault.pointer for fault in raised.value.faults] == ["book_id"]
