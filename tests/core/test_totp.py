"""Codes of an authenticator app."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.totp import code_at, key_uri, shown, step_of

SECRET = b"12345678901234567890"
NOW = 1_111_111_109.0


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, cut to six digits."""
    assert code_at(SECRET, seconds // 30) == code


@pytest.mark.parametrize(("seconds", "good"), [(-0.5, False), (0, True), (29.9, True), (30, False)])
def test_code_lives_for_its_thirty_seconds(seconds: float, good: bool) -> None:
    """ASVS v5.0.0-6.5.5."""
    begins = 1_111_111_110.0
    code = code_at(SECRET, int(begins) // 30)

    assert (step_of(SECRET, code, begins + seconds) is not None) == good


@given(code=st.text(max_size=8))
def test_anything_else_is_no_code(code: str) -> None:
    present = int(NOW) // 30

    assert step_of(SECRET, code, NOW) == {code_at(SECRET, present): present}.get(code)


def test_link_for_apps_names_shop_and_account() -> None:
    uri = key_uri(SECRET, issuer="Anne & Co: Books", account="anne@kellynch.example")

    assert uri == (
        "otpauth://totp/Anne%20%26%20Co%3A%20Books:anne@kellynch.example"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Anne%20%26%20Co%3A%20Books"
    )
    assert shown(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
