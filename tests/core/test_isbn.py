"""ISBNs as people, publishers and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.isbn import BadIsbn, check_digit, looks_like_isbn, normalise_isbn

TWELVE = st.builds("{}{:09d}".format, st.sampled_from(["978", "9791", "9798"]), st.integers(0)).map(
    lambda text: text[:12]
)


@pytest.mark.parametrize(
    "written",
    [
        "9780439023481",
        "978-0-439-02348-1",
        "978–0–439–02348–1",
        " 978 0 439 02348 1 ",
        "978.0.439.02348.1",
        "ISBN 978-0-439-02348-1",
        "ISBN-13: 9780439023481",
        "ISBN13 9780439023481",
        "isbn:9780439023481",
        "ISBN-10: 0-439-02348-3",
        "\u200e9780439023481",
        "0439023483",
        "0-439-02348-3",
        "439023483",
        "9780439023481.0",
        "439023483.0",
    ],
)
def test_one_isbn_is_read_in_any_punctuation(written: str) -> None:
    assert normalise_isbn(written) == "9780439023481"


@pytest.mark.parametrize(
    ("written", "isbn"),
    [
        ("0-8044-2957-X", "9780804429573"),
        ("080442957x", "9780804429573"),
        ("80442957X", "9780804429573"),
        ("61120081", "9780061120084"),
        ("7117116", "9780007117116"),
        ("979-10-90636-07-1", "9791090636071"),
        ("9798602477023", "9798602477023"),
    ],
)
def test_x_lost_zeros_and_979_are_read(written: str, isbn: str) -> None:
    assert normalise_isbn(written) == isbn


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("9780439023482", "wrong check digit: 2, expected 1"),
        ("0439023484", "wrong check digit: 4, expected 3"),
        ("439023484", "wrong check digit"),
        ("9.78044E+12", "rounded number"),
        ("9,78044e12", "rounded number"),
        ("9780439023480.0", "rounded number"),
        ("9790060115615", "printed music"),
        ("979-0-2600-0043-8", "printed music"),
        ("4006381333931", "article number"),
        ("0000000000", "placeholder"),
        ("1111111111", "placeholder"),
        ("0317-8471", "has 8 digits"),
        ("123", "has 3 digits"),
        ("97804390234811", "has 14 digits"),
        ("", "no ISBN"),
        ("X439023483", "no ISBN"),
        ("B000FC0SIM", "no ISBN"),
        ("٩٧٨٠٤٣٩٠٢٣٤٨١", "no ISBN"),
        ("9" * 5000, "placeholder"),
    ],
)
def test_what_is_no_isbn_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(BadIsbn) as refused:
        normalise_isbn(written)

    assert reason in refused.value.detail
    assert len(refused.value.detail) < 150


@given(TWELVE)
def test_isbn_13_survives_a_round_trip(twelve: str) -> None:
    isbn = twelve + check_digit(twelve)

    assert normalise_isbn(isbn) == isbn
    assert normalise_isbn("-".join(isbn)) == isbn


@given(TWELVE, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(twelve: str, place: int, shift: int) -> None:
    isbn = twelve + check_digit(twelve)
    wrong = str((int(isbn[place]) + shift) % 10)

    with pytest.raises(BadIsbn):
        normalise_isbn(isbn[:place] + wrong + isbn[place + 1 :])


@given(st.text(max_size=300))
def test_any_text_is_either_thirteen_digits_or_refused(text: str) -> None:
    try:
        isbn = normalise_isbn(text)
    except BadIsbn:
        return

    assert len(isbn) == 13
    assert isbn.isdecimal()


@pytest.mark.parametrize(
    ("query", "isbn"),
    [
        ("978-0-439-02348-1", "9780439023481"),
        ("0 439 02348 3", "9780439023481"),
        ("439023483", "9780439023481"),
        ("hunger games 9780439023481", "9780439023481"),
        ("the hunger games (978-0-439-02348-1)", "9780439023481"),
        ("978_0_439_02348_1", "9780439023481"),
        ("hunger games 978 0 439 02348 1 paperback", "9780439023481"),
        ("[ISBN: 0-8044-2957-X]", "9780804429573"),
        ("９７８０４３９０２３４８１", "9780439023481"),
        ("1984 1984 1984", None),
        ("the 39 steps 1915 280 pages", None),
        ("harry potter", None),
        ("1984", None),
        ("61120081", None),
        ("9780439023482", None),
        ("", None),
    ],
)
def test_isbn_in_a_search_query_is_recognised(query: str, isbn: str | None) -> None:
    assert looks_like_isbn(query) == isbn
