"""What does it cost to know who asks, and whether they ask too much?

Corpus: 256 readers with an access token and an API key each; quotas in a file that the workers of
a machine share. No database is asked: neither does a worker. Left out: HTTP, passwords
(bench_passwords.py), a counter on another machine.

    just bench credentials

Control: what cannot be left out: for a key SHA-256 and one look-up, for a token one look-up (or,
unverified as yet, one check of an Ed25519 signature), for a quota one count in a dictionary.
"""

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.pairs import compare
from benchmarks.questions import COUNT
from core.accounts.api_key import new_secret
from core.accounts.known_keys import KeyNews, KnownKeys, Lock
from core.accounts.principal import Principal
from core.kernel.ids import new_id
from core.limits.policy import Policy
from ext.jwt_tokens import JwtTokens
from ext.memory_limits import MappedLimits


class Shown(NamedTuple):
    """What a request brings; signed: a message and its signature of a token's size."""

    token: bytes
    key: bytes
    signed: tuple[bytes, bytes]


class Doors(NamedTuple):
    tokens: JwtTokens
    signing: Ed25519PrivateKey
    keys: KnownKeys
    readers: list[Shown]


@pytest.fixture(scope="module")
def doors() -> Doors:
    signing = Ed25519PrivateKey.generate()
    tokens, keys = JwtTokens(signing, seconds=3_600), KnownKeys()
    store, readers = new_id(), []
    for _ in range(COUNT):
        principal, secret = Principal(new_id(), store), new_secret()
        lock = Lock(secret.prefix.encode(), secret.digest, None)
        keys.add([KeyNews(new_id(), principal, (lock,))])
        token = tokens.issue(principal).encode()
        message, signature = b"m" * 300, signing.sign(b"m" * 300)
        readers.append(Shown(token, secret.key.encode(), (message, signature)))
    return Doors(tokens, signing, keys, readers)


def test_api_key(benchmark: BenchmarkFixture, doors: Doors) -> None:
    known = {hashlib.sha256(each.key).digest(): each for each in doors.readers}

    compare(
        benchmark,
        lambda each: doors.keys.verify(each.key),
        {"SHA-256 and a look-up": lambda each: known[hashlib.sha256(each.key).digest()]},
        doors.readers,
        label="verify an API key",
        passes=50,
    )


def test_token_seen_before(benchmark: BenchmarkFixture, doors: Doors) -> None:
    known = {each.token: each for each in doors.readers}

    compare(
        benchmark,
        lambda each: doors.tokens.verify(each.token),
        {"a look-up": lambda each: known[each.token]},
        doors.readers,
        label="verify a token that was seen before",
        passes=50,
    )


def test_new_token(benchmark: BenchmarkFixture, doors: Doors) -> None:
    """Each by a verifier that remembers none."""
    public = doors.signing.public_key()

    compare(
        benchmark,
        lambda each: JwtTokens(doors.signing, seconds=3_600).verify(each.token),
        {"Ed25519": lambda each: public.verify(each.signed[1], each.signed[0])},
        doors.readers,
        label="verify a new token",
    )


def test_limit(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    limits = MappedLimits(tmp_path / "limits")
    take = limits.counter(Policy("search", 1_000_000, 10))
    counted: Counter[bytes] = Counter()

    left = compare(
        benchmark,
        take,
        {"a count in a dictionary": lambda key: counted.update((key,))},
        [b"10.0.%d.%d" % (number // 250, number % 250) for number in range(COUNT)],
        label="count a request, exact over workers",
        passes=50,
    )

    assert left >= 0
    limits.close()
