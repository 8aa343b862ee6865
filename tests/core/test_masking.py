"""What is taken out of lines before they are written (ASVS v5.0.0 16.2.5)."""

import secrets
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.ids import new_id
from core.privacy.masking import mask, mask_passwords, network_of
from core.privacy.pseudonym import pseudonyms


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "ada.lovelace+books@mail.example.co.uk", "ada%40example.org", "a_b@x-y.de"],
)
def test_e_mail_addresses_are_masked(address: str) -> None:
    assert mask(f"Key (email)=({address}) exists") == "Key (email)=([e-mail]) exists"


@given(st.integers(16, 64))
def test_random_tokens_are_masked(size: int) -> None:
    token = "aA0" + secrets.token_urlsafe(size + 8)

    assert mask(f"token {token!r} is gone") == "token '[token]' is gone"


def test_access_tokens_are_masked_wherever_they_stand() -> None:
    token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"

    assert mask(f"authorization: Bearer {token}") == "authorization: Bearer [token]"
    assert mask(f"/verify/{token}?x=1") == "/verify/[token]?x=1"
    assert mask("Basic YWRhOnNlY3JldA==") == "Basic [token]"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://bookwheel:s3cret@db/shop", "postgresql://bookwheel:***@db/shop"),
        ("postgresql://bookwheel:p@ss:w/ord@db/shop", "postgresql://bookwheel:***@db/shop"),
        ("valkey://:s3cret@cache:6379/0", "valkey://:***@cache:6379/0"),
        ("postgresql:///shop?user=me&password=s3cret&x=1", "postgresql:///shop?user=me&password=***&x=1"),
        ("http://collector:4318/v1", "http://collector:4318/v1"),
    ],
)  # fmt: skip
def test_passwords_in_addresses_are_masked(url: str, masked: str) -> None:
    assert mask_passwords(f"cannot reach {url} today") == f"cannot reach {masked} today"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("client 203.0.113.77 left", "client 203.0.113.0/24 left"),
        ("client 203.0.113.77:4711 left", "client 203.0.113.0/24:4711 left"),
        ("client:203.0.113.77", "client:203.0.113.0/24"),
        ("of 203.0.113.0/24", "of 203.0.113.0/24"),
        ("from 2001:db8:1:2:3:4:5:6.", "from 2001:db8:1::/48."),
        ("listening on 127.0.0.1:8000", "listening on 127.0.0.1:8000"),
        ("at 12:30:45", "at 12:30:45"),
        ("PostgreSQL 18.6.3", "PostgreSQL 18.6.3"),
    ],
)
def test_addresses_of_clients_are_truncated(line: str, masked: str) -> None:
    assert mask(line) == masked


@given(st.ip_addresses())
def test_truncated_address_names_a_network_that_holds_it(
    address: IPv4Address | IPv6Address,
) -> None:
    told = network_of(address)

    assert address in ip_network(told)
    assert told == str(address) or ip_network(told).num_addresses >= 256


@given(st.ip_addresses().filter(lambda each: not each.is_loopback and not each.is_unspecified))
def test_no_whole_address_survives(address: IPv4Address | IPv6Address) -> None:
    masked = mask(f"client {address} left")

    with pytest.raises(ValueError, match=r"/"):
        ip_address(masked.split()[1])


def test_ids_and_paths_stay_readable() -> None:
    line = f"no book has the id {new_id()} in /var/lib/bookwheel/stores/main/index/g000001"

    assert mask(line) == line


@given(st.text(max_size=2000))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_pseudonym_is_the_same_for_the_same_key_alone() -> None:
    one, other = pseudonyms(bytes(32)), pseudonyms(bytes([1] * 32))

    assert one("ada") == one("ada") != one("grace")
    assert one("ada") != other("ada")
    assert len(one("ada")) == 16
    assert one("") == ""
