"""Passwords: hashed off the loop, a few at a time."""

import asyncio
from collections.abc import Iterator

import argon2
import pytest

from ext.argon2_passwords import Argon2Passwords, PasswordsBusy


@pytest.fixture
def passwords() -> Iterator[Argon2Passwords]:
    made = Argon2Passwords(slots=1, waiting=1)
    yield made
    made.close()


async def test_password_is_known_by_its_hash(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("a second spring")

    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "a second spring")
    assert not await passwords.verify(stored, "a first winter")


async def test_one_letter_may_be_typed_in_two_ways(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("caf\u00e9 society")

    assert await passwords.verify(stored, "cafe\u0301 society")


async def test_nobody_has_no_password(passwords: Argon2Passwords) -> None:
    assert not await passwords.verify(None, "a second spring")


async def test_damaged_hash_matches_nothing(passwords: Argon2Passwords) -> None:
    assert not await passwords.verify("$argon2id$broken", "a second spring")


async def test_full_gate_refuses_instead_of_queueing(passwords: Argon2Passwords) -> None:
    """ASVS v5.0.0-15.2.2."""
    results = await asyncio.gather(
        *(passwords.hash("a second spring") for _ in range(5)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, PasswordsBusy)]
    assert len(refused) == 3
    assert await passwords.hash("again")


async def test_weaker_hash_is_outdated(passwords: Argon2Passwords) -> None:
    """ASVS v5.0.0-11.4.2."""
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x")

    assert passwords.outdated(weak)
    assert not passwords.outdated(await passwords.hash("x"))
