"""The shipped filter of common passwords."""

import random
import string

import pytest

from core.accounts.password_rules import fault_in_password
from ext.common_passwords import CommonPasswords, digests


@pytest.fixture(scope="module")
def common() -> CommonPasswords:
    return CommonPasswords()


@pytest.mark.parametrize("password", ["password", "12345678", "iloveyou", "qwertyuiop"])
def test_commonest_passwords_are_known(common: CommonPasswords, password: str) -> None:
    assert common(password)


def test_hardly_any_other_password_is_taken_for_a_common_one(common: CommonPasswords) -> None:
    chosen = random.Random(7)

    drawn = ("".join(chosen.choices(string.ascii_lowercase, k=14)) for _ in range(20_000))

    assert sum(map(common, drawn)) <= 2


def test_filter_refuses_all_of_the_list_it_was_made_of(common: CommonPasswords) -> None:
    lists = pytest.importorskip("zxcvbn.frequency_lists", reason="zxcvbn is not installed")
    passwords = [each for each in lists.FREQUENCY_LISTS["passwords"] if len(each) >= 8]

    assert [each for each in passwords if fault_in_password(each, common=common) is None] == []


def test_file_is_what_the_list_makes_of_it() -> None:
    made = digests(["Secret-1", "secret-1", "another"])

    assert len(made) == 8
    assert made[:4] < made[4:]
