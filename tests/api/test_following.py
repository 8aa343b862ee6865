"""What ends or goes is heard of, also after a question that failed as none should."""

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest

from api import ending, following_keys
from core.accounts.ended import Ended, EndedSessions
from core.accounts.known_keys import KeyNews, KeysTold, KnownKeys
from core.accounts.principal import BadToken, Principal
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id

FAULTS = (Unavailable("away"), ValueError("nobody thought of this"))
SESSION = new_id()
READER = Principal(new_id(), new_id(), "reader", SESSION)


class Faulty:
    """Fails once as each of these, then answers."""

    def __init__(self, faults: Iterable[Exception]) -> None:
        self.faults = list(faults)

    def fail(self) -> None:
        if self.faults:
            raise self.faults.pop()


class EndedFeed(Faulty):
    async def since(self, until: str | None) -> Ended:
        self.fail()
        return Ended("now", (SESSION,))


class KeyFeed(Faulty):
    def __init__(self, faults: Iterable[Exception]) -> None:
        super().__init__(faults)
        self.told = False

    async def since(self, until: str | None) -> KeysTold:
        self.fail()
        self.told = True
        return KeysTold("now", (KeyNews(new_id()),))

    async def used(self, at: dict[UUID, float]) -> None: ...


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not holds():  # noqa: ASYNC110 # what is waited for is told to others
            await asyncio.sleep(0.01)


def refused(sessions: EndedSessions) -> bool:
    try:
        sessions.check(READER)
    except BadToken:
        return True
    return False


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_session_that_ended_is_heard_of_after_a_fault(fault: Exception) -> None:
    feed, sessions = EndedFeed([fault]), EndedSessions(60)

    async with ending.following_ended(feed, sessions, lambda erased: None):
        await until(lambda: refused(sessions))

    assert feed.faults == []


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_keys_are_heard_of_after_a_fault(fault: Exception) -> None:
    feed = KeyFeed([fault])

    async with following_keys.following_keys(following_keys.KeyFollower(feed, KnownKeys())):
        await until(lambda: feed.told)

    assert feed.faults == []
