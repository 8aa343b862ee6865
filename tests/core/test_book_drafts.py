"""Drafts of books: read, patched and held to the rules."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.acceptance import accepted
from core.catalogue.book import Book, Named
from core.catalogue.draft import BookDraft, SeriesDraft, draft_from, draft_of, merge_patch
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.kernel.money import Money

DRAFT = BookDraft(title="Emma", price="9.99")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from((*BookDraft.__struct_fields__, "id", "nonsense"))


def faults_of(fields: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        accepted(draft_from(fields), "EUR")
    return {fault.pointer: fault.detail for fault in refused.value.faults}


def test_price_may_be_a_decimal_or_minor_units() -> None:
    decimal = accepted(draft_from({"title": "E", "price": "9.99"}), "EUR")
    minor = accepted(
        draft_from({"title": "E", "price": {"amount_minor": 999, "currency": "EUR"}}), "EUR"
    )

    assert decimal.price == minor.price == Money(999, "EUR")


def test_authors_may_be_names_or_objects_with_a_name() -> None:
    draft = draft_from({"title": "E", "price": "1", "authors": ["A", {"id": "x", "name": "B"}]})

    assert draft.authors == ("A", "B")


def test_texts_are_tidied_and_repeated_names_kept_once() -> None:
    draft = accepted(
        BookDraft(title="  E\u0301mile\n Zola ", price="1", authors=("A  B", "A B"), subtitle=" "),
        "EUR",
    )

    assert (draft.title, draft.authors, draft.subtitle) == ("Émile Zola", ("A B",), None)


def test_every_fault_is_told_at_once() -> None:
    faults = faults_of({"title": 1, "pages": "many", "nonsense": 1, "authors": ["a", 2]})

    assert set(faults) == {"/title", "/pages", "/nonsense", "/authors/1", "/price"}
    assert faults["/price"] == "is missing"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("title", "", "/title"),
        ("title", "x" * 501, "/title"),
        ("title", "a\x00b", "/title"),
        ("isbn", "978-0-14-143958-0", "/isbn"),
        ("isbn", "9" * 1000, "/isbn"),
        ("price", "9.999", "/price"),
        ("price", "-1", "/price"),
        ("price", "1e999999", "/price"),
        ("price", "0" * 60 + "9", "/price"),
        ("price", {"amount_minor": 1, "currency": "USD"}, "/price/currency"),
        ("price", {"amount_minor": -1, "currency": "EUR"}, "/price/amount_minor"),
        ("published", "1815-13", "/published"),
        ("published", "yesterday", "/published"),
        ("language", "English", "/language"),
        ("status", "sold", "/status"),
        ("stock", -1, "/stock"),
        ("pages", 0, "/pages"),
        ("authors", ["a", ""], "/authors/1"),
        ("authors", ["a"] * 101, "/authors"),
        ("series", {"name": ""}, "/series/name"),
        ("series", {"name": "S", "position": float("inf")}, "/series/position"),
        ("cover_url", "javascript:alert(1)", "/cover_url"),
        ("cover_url", 'https://x/"onload=', "/cover_url"),
        ("cover_url", "//elsewhere.example/x.png", "/cover_url"),
    ],
)
def test_broken_rule_is_told_with_its_place(field: str, value: object, pointer: str) -> None:
    assert set(faults_of({"title": "E", "price": "1", field: value})) == {pointer}


@pytest.mark.parametrize("published", ["1815", "1815-12", "2024-02-29", "-0700", "-0700-05-01"])
def test_date_may_be_as_precise_as_known(published: str) -> None:
    draft = accepted(BookDraft(title="E", price="1", published=published), "EUR")

    assert draft.published == published


def test_book_sent_back_as_it_was_read_changes_nothing() -> None:
    now = datetime.now(UTC)
    book = Book(
        id=new_id(),
        title="Emma",
        authors=(Named(new_id(), "Jane Austen"),),
        publisher=Named(new_id(), "Penguin"),
        price=Money(999, "EUR"),
        average_rating=4.2,
        created_at=now,
        updated_at=now,
    )

    draft = draft_from(msgspec.json.decode(msgspec.json.encode(book)))

    assert draft == draft_of(book)
    assert (draft.authors, draft.publisher, draft.price) == (
        ("Jane Austen",),
        "Penguin",
        Money(999, "EUR"),
    )


def test_patch_with_null_removes_and_with_an_object_merges() -> None:
    draft = BookDraft(title="E", price="1", subtitle="S", series=SeriesDraft("Old", 2.0))

    patched = merge_patch(draft, {"subtitle": None, "series": {"name": "New"}, "stock": None})

    assert (patched.subtitle, patched.series, patched.stock) == (None, SeriesDraft("New", 2.0), 0)


def test_patch_cannot_remove_the_title_or_set_what_only_we_can() -> None:
    with pytest.raises(Invalid) as removed:
        merge_patch(DRAFT, {"title": None})
    with pytest.raises(Invalid) as forbidden:
        merge_patch(DRAFT, {"average_rating": 5, "version": 9})

    assert [fault.pointer for fault in removed.value.faults] == ["/title"]
    assert [fault.pointer for fault in forbidden.value.faults] == ["/average_rating", "/version"]


@given(st.dictionaries(fields, json_values, max_size=5))
def test_no_patch_does_more_than_be_refused(patch: dict[str, Any]) -> None:
    try:
        draft = accepted(merge_patch(DRAFT, patch), "EUR")
    except Invalid:
        return

    assert accepted(draft, "EUR") == draft
