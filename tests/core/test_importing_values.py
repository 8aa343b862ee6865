"""Dates, languages, prices and plain text as other systems write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.book import published_year
from core.importing.dates import BadDate, parse_instant, parse_published
from core.importing.languages import BadLanguage, language_code
from core.importing.prices import BadPrice, made_up_price, parse_price
from core.importing.text import filled, split, tidy


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2008.0", "2008"),
        ("-750.0", "-0750"),
        ("700 BC", "-0700"),
        ("1925-05-14", "1925-05-14"),
        ("1925-05", "1925-05"),
        ("19250514", "1925-05-14"),
        ("14 May 1925", "1925-05-14"),
        ("May 14th, 1925", "1925-05-14"),
        ("May 1925", "1925-05"),
        ("9/16/2006", "2006-09-16"),
        ("16.9.2006", "2006-09-16"),
        ("9/6/2006", "2006"),
        ("c1998", "1998"),
        ("[1998?]", "1998"),
        ("2021-10-31T17:47:49+00:00", "2021-10-31"),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_known(written: str, published: str) -> None:
    assert parse_published(written) == published


@pytest.mark.parametrize("written", ["199x", "1999-13-01", "31.2.2001", "3000", "0", "soon", "-"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadDate):
        parse_published(written)


@given(st.integers(-4000, 2100).filter(bool))
def test_every_year_survives(year: int) -> None:
    assert published_year(parse_published(str(year))) == year


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("1700000000", "2023-11-14T22:13:20+00:00"),
        ("1700000000000", "2023-11-14T22:13:20+00:00"),
    ],
)
def test_moments_are_read_as_utc(written: str, moment: str) -> None:
    assert parse_instant(written).isoformat() == moment


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("eng", "en"),
        ("en-US", "en"),
        ("en_GB", "en"),
        ("fre", "fr"),
        ("de/en", "de"),
        ("English", "en"),
        ("fil", "fil"),
        ("mul", None),
        ("und", None),
    ],
)
def test_languages_become_iso_639_1(written: str, code: str | None) -> None:
    assert language_code(written) == code


def test_no_language_is_refused() -> None:
    with pytest.raises(BadLanguage):
        language_code("12")


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("12.99", 1299),
        ("12,99 €", 1299),
        ("EUR 12", 1200),
        ("1,299.00", 129900),
        ("1.299,00", 129900),
        ("1.299", 129900),
        ("$5", 500),
        ("0", 0),
    ],
)
def test_prices_are_read_in_either_punctuation(written: str, minor: int) -> None:
    assert parse_price(written, "EUR") == minor


@pytest.mark.parametrize("written", ["-3", "free", "GBP 4", "£4", "1.2345", "99999999999"])
def test_no_price_or_another_currency_is_refused(written: str) -> None:
    with pytest.raises(BadPrice):
        parse_price(written, "EUR")


@given(st.integers(0, 2**64), st.integers(0, 5_000), st.integers(0, 10_000))
def test_made_up_price_stays_in_its_range(noise: int, low: int, width: int) -> None:
    price = made_up_price(noise, low, low + width)

    assert low <= price <= low + width


def test_made_up_price_with_cents_ends_in_49_or_99() -> None:
    prices = {made_up_price(noise, 500, 3000) for noise in range(1000)}

    assert {price % 100 for price in prices} == {49, 99}
    assert len(prices) == 50


def test_text_loses_entities_control_characters_and_double_spaces() -> None:
    assert tidy(" Tom &amp; Jerry\x00  \u0007caf\u0065\u0301\n") == "Tom & Jerry café"


def test_what_means_nothing_is_empty() -> None:
    assert [filled(cell) for cell in ("NaN", "null", "\\N", "N/A", " ", "Nancy")] == [
        "", "", "", "", "", "Nancy",
    ]  # fmt: skip


def test_cell_is_split_at_every_separator_and_list_joint() -> None:
    assert split("a;b | c\x1fd;;", (";", "|")) == ["a", "b", "c", "d"]
