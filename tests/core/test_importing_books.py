"""A row becomes a book or a rejection that says why."""

import pytest

from core.importing.books import BookReader, ImportedBook, Rejection
from core.importing.duplicates import Duplicates
from core.importing.mapping import BadMapping, identity_mapping, read_mapping
from core.importing.summary import Reasons

COLUMNS = frozenset(
    "external_id isbn title authors categories price stock pages published language status "
    "rating_average rating_count original_title cover_url series series_position".split()
)
READER = BookReader(identity_mapping(COLUMNS, "books"), "EUR")


def book(line: int = 2, **row: str) -> ImportedBook:
    read = READER.read(line, {"external_id": "1", "title": "Emma"} | row)
    assert isinstance(read, ImportedBook), read
    return read


def reason(**row: str) -> str:
    read = READER.read(2, {"external_id": "1", "title": "Emma"} | row)
    assert isinstance(read, Rejection)
    return read.reason


def test_row_is_read_into_every_field() -> None:
    emma = book(
        isbn="0-14-143958-0",
        authors="Jane Austen",
        price="9.50",
        stock="3",
        pages="474",
        published="1815",
        language="eng",
        rating_average="4.0",
        rating_count="7",
        series="Classics, #3",
    )

    assert (emma.isbn, emma.price_minor, emma.stock, emma.pages) == ("9780141439587", 950, 3, 474)
    assert (emma.published, emma.published_year, emma.language) == ("1815", 1815, "en")
    assert (emma.series, emma.series_position, emma.authors) == ("Classics", 3.0, ("Jane Austen",))
    assert (emma.rating_average, emma.rating_count) == (4.0, 7)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"title": " "}, "no title"),
        ({"title": "x" * 1001}, "the title has 1001 characters"),
        ({"external_id": "", "isbn": ""}, "neither an ISBN nor an external id"),
        ({"isbn": "9780141439588"}, "wrong check digit"),
        ({"isbn": "9.78014E+12"}, "rounded number"),
        ({"price": "free"}, "no amount"),
        ({"stock": "-1"}, "stock '-1'"),
        ({"stock": "1.5"}, "stock '1.5'"),
        ({"pages": "many"}, "pages 'many' is no number"),
        ({"published": "soon"}, "no date"),
        ({"series": "Saga", "series_position": "1e39"}, "series_position '1e39' is outside"),
        ({"status": "lost"}, "status 'lost' is none of"),
        ({"rating_average": "7", "rating_count": "3"}, "outside 1 to 5"),
        ({"authors": "x" * 301}, "301 characters"),
    ],
)
def test_row_that_cannot_be_read_says_why(row: dict[str, str], why: str) -> None:
    assert why in reason(**row)


def test_rejection_names_the_line_the_identity_and_the_title() -> None:
    rejection = READER.read(17, {"external_id": "a-1", "title": "Emma", "price": "free"})

    assert isinstance(rejection, Rejection)
    assert (rejection.line, rejection.identity, rejection.title) == (17, "a-1", "Emma")


def test_list_is_many_authors_but_one_title() -> None:
    emma = book(title="Emma\x1fA Novel", authors="Jane Austen\x1fAnonymous")

    assert (emma.title, emma.authors) == ("Emma; A Novel", ("Jane Austen", "Anonymous"))


def test_book_called_none_keeps_its_title() -> None:
    assert book(title="None").title == "None"


def test_same_row_hashes_the_same_on_another_line() -> None:
    assert book(line=2).content_hash() == book(line=9).content_hash()
    assert book().content_hash() != book(title="Emma Woodhouse").content_hash()


def test_made_up_price_and_stock_depend_on_the_identity_alone() -> None:
    first, again, other = book(), book(title="Else"), book(external_id="2")

    assert (first.price_minor, first.stock) == (again.price_minor, again.stock)
    assert (first.price_minor, first.stock) != (other.price_minor, other.stock)
    assert not first.price_given


def test_told_price_changes_the_hash_and_a_made_up_one_does_not_enter_it() -> None:
    dearer = read_mapping(
        {
            "columns": {"external_id": "external_id", "title": "title"},
            "defaults": {"price": ["90.00", "99.00"]},
        },
        "dearer",
    )
    row = {"external_id": "1", "title": "Emma"}
    plain = BookReader(identity_mapping(frozenset(row), "books"), "EUR").read(2, row)
    other = BookReader(dearer, "EUR").read(2, row)

    assert isinstance(plain, ImportedBook)
    assert isinstance(other, ImportedBook)
    assert plain.price_minor != other.price_minor
    assert plain.content_hash() == other.content_hash()
    assert book(price="9.50").content_hash() != book(price="9.60").content_hash()


def test_original_title_that_differs_can_be_searched_for() -> None:
    assert book(original_title="Emma: A Novel").description == "Original title: Emma: A Novel"
    assert book(title="Emma!", original_title="emma").description is None


def test_average_without_a_count_is_no_rating() -> None:
    assert (book(rating_average="4.5").rating_average, book().rating_count) == (0.0, 0)


def test_forgiven_field_is_left_empty() -> None:
    mapping = read_mapping(
        {
            "columns": {"external_id": "id", "title": "title", "published": "year"},
            "forgive": ["published"],
        },
        "lenient",
    )

    emma = BookReader(mapping, "EUR").read(2, {"id": "1", "title": "Emma", "year": "soon"})

    assert isinstance(emma, ImportedBook)
    assert emma.published is None


def test_source_goes_before_the_external_id() -> None:
    mapping = read_mapping(
        {"source": "shop", "columns": {"external_id": "id", "title": "title"}}, "shop"
    )

    emma = BookReader(mapping, "EUR").read(2, {"id": "1", "title": "Emma"})

    assert isinstance(emma, ImportedBook)
    assert emma.external_id == "shop:1"


def test_refused_value_and_pattern_name_the_reason_of_the_mapping() -> None:
    mapping = read_mapping(
        {
            "columns": {"external_id": "id", "title": "title"},
            "refuse": [
                {"column": "format", "values": ["Periodical"], "reason": "no book"},
                {"column": "title", "pattern": r"^\[", "reason": "title unknown"},
            ],
        },
        "refusing",
    )
    reader = BookReader(mapping, "EUR")

    periodical = reader.read(2, {"id": "1", "title": "Punch", "format": "Periodical"})
    unknown = reader.read(3, {"id": "2", "title": "[something]", "format": "Book"})

    assert isinstance(periodical, Rejection)
    assert isinstance(unknown, Rejection)
    assert periodical.reason == "no book (format: 'Periodical')"
    assert unknown.reason == "title unknown (title: '[something]')"


def test_second_row_of_an_identity_or_isbn_names_the_first() -> None:
    duplicates = Duplicates()
    duplicates.refusal(book(line=2, isbn="9780141439587"))

    same_id = duplicates.refusal(book(line=3, title="Other"))
    same_isbn = duplicates.refusal(book(line=4, external_id="2", isbn="9780141439587"))

    assert same_id is not None
    assert same_isbn is not None
    assert same_id.reason == "'1' already stands on line 2"
    assert same_isbn.reason == "ISBN 9780141439587 is that of 'Emma' on line 2"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"columns": {"title": "t", "colour": "c"}}, "'colour' is no field of books"),
        ({"columns": {}}, "no column is named for 'title'"),
        ({"kind": "films"}, "mapping wrong"),
        ({"columns": {"title": "t"}, "colums": {}}, "unknown field `colums`"),
        ({"columns": {"title": "t"}, "forgive": ["title"]}, "'title' cannot be forgiven"),
        (
            {"columns": {"title": "t"}, "refuse": [{"column": "t", "reason": "", "pattern": "("}]},
            "pattern '('",
        ),
        ({"columns": {"title": "t"}, "defaults": {"stock": [5, 1]}}, "defaults.stock"),
    ],
)
def test_wrong_mapping_is_refused_naming_the_key(table: dict[str, object], why: str) -> None:
    with pytest.raises(BadMapping, match="mapping wrong") as refused:
        read_mapping(table, "wrong")

    assert why in refused.value.detail


def test_reasons_are_counted_by_what_they_have_in_common() -> None:
    reasons = Reasons()
    for line, pages in enumerate(("12a", "13b", "14c"), start=2):
        reasons.add(Rejection(line, f"pages {pages!r} is no number"))
    reasons.add(Rejection(9, "no title"))

    assert reasons.told() == [
        "3 × pages '12a' is no number (the first on line 2)",
        "1 × no title (line 9)",
    ]
