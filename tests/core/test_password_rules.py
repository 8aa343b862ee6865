"""Which passwords are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.password_rules import fault_in_password, guesses_for

COMMON = frozenset({"password", "baseball", "trustno1"})


def is_common(password: str) -> bool:
    return password in COMMON


@pytest.mark.parametrize(
    "password",
    ["password", "PassWord", "password1!", "123password", "p4ssw0rd", "P@ssw0rd99", "trustno1"],
)
def test_common_word_is_refused_however_it_is_dressed(password: str) -> None:
    fault = fault_in_password(password, common=is_common)

    assert fault is not None
    assert "first that are guessed" in fault


@pytest.mark.parametrize("password", ["aaaaaaaa", "abababab", "23456789", "hgfedcba", "        "])
def test_repeating_and_counting_are_refused(password: str) -> None:
    fault = fault_in_password(password)

    assert fault is not None
    assert "repeats or counts" in fault


@pytest.mark.parametrize("password", ["Bookwheel2026!", "bookshop", "B00kstore", "paperback99"])
def test_word_of_the_trade_is_refused(password: str) -> None:
    """ASVS v5.0.0-6.1.2 and v5.0.0-6.2.11."""
    fault = fault_in_password(password)

    assert fault is not None
    assert "word of the trade" in fault


@pytest.mark.parametrize(
    "password", ["anne.elliot", "Anne.Elliot42", "anne.elliot@x.example", "AnneElliot1"]
)
def test_own_name_is_refused(password: str) -> None:
    names = ("anne.elliot@x.example", "anne.elliot", "Anne Elliot")

    fault = fault_in_password(password, names=names)

    assert fault == "is a name or address of yours or of the shop"


@pytest.mark.parametrize(
    "password", ["a second spring", "correct horse battery staple", "гдежемойключ", "Tr7!mnQz"]
)
def test_other_passwords_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert fault_in_password(password, common=is_common, names=("anne",)) is None


@given(st.text(max_size=300))
def test_every_text_is_judged(password: str) -> None:
    fault = fault_in_password(password, common=is_common)

    assert fault is not None or 8 <= len(password) <= 256
    assert len(guesses_for(password.casefold())) <= 6
