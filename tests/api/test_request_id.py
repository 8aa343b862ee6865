"""The request's name: echoed where it is safe, minted otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.asgi.request_id import request_ids


@pytest.mark.parametrize(
    "given_id", [b"a", b"0af7651916cd43dd8448eb211c80319c", b"job/7:retry=2", b"x" * 128]
)
def test_safe_id_is_echoed(given_id: bytes) -> None:
    request_id = request_ids()

    assert request_id(given_id) == given_id


@pytest.mark.parametrize(
    "given_id", [None, b"", b"x" * 129, b"two words", b"a\x1b[31m", b"a\r\nb", b'"', b"\xc3\xa9"]
)
def test_unsafe_id_is_replaced(given_id: bytes | None) -> None:
    request_id = request_ids()

    minted = request_id(given_id)

    assert minted != given_id
    assert minted.isalnum()


def test_minted_ids_differ_within_and_between_processes() -> None:
    one, other = request_ids(), request_ids()

    minted = [one(None), one(None), other(None), other(None)]

    assert len(set(minted)) == 4


@given(st.binary(max_size=300))
def test_whatever_is_sent_the_id_fits_a_header_and_a_line(sent: bytes) -> None:
    made = request_ids()(sent)

    assert 1 <= len(made) <= 128
    assert made.decode("ascii").isprintable()
    assert b" " not in made
