"""Letters that wait, sent one by one; what cannot go now goes later."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.account import Account
from core.kernel.errors import Unavailable
from core.mail.letter import Letter, Mail, MailRefused
from core.mail.wording import LINK_HOURS, Kind, written
from core.stores.store import Store

LEASE = timedelta(minutes=2)
"""Whoever takes a letter has so long; then somebody else may."""
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 30
"""About a day."""
SHORTEST_INTERVAL = timedelta(minutes=1)
"""Between two links of one kind to one reader: a mailbox cannot be flooded."""


class Waiting(Struct, frozen=True, kw_only=True):
    """account: whom it is for; None where nobody has the address, or where it is to become
    somebody's and is another's. tries: this one included.
    """

    id: UUID
    store: Store
    kind: Kind
    account: Account | None
    to: str
    tries: int


class WaitingLetters(Protocol):
    async def take(self, lease: timedelta) -> Waiting | None:
        """The next that is due, for as long as the lease; None where none is."""
        ...

    async def done(self, letter_id: UUID) -> None: ...
    async def again(self, letter_id: UUID, pause: timedelta, why: str) -> None: ...
    async def given_up(self, letter_id: UUID, why: str) -> None: ...


class Links(Protocol):
    async def new_link(
        self,
        account: Account,
        kind: Kind,
        lifetime: timedelta,
        interval: timedelta,
        *,
        content: Mapping[str, str] | None,
    ) -> str | None:
        """A token for a link; None where one for the same was made within the interval."""
        ...


class Addresses(Protocol):
    def of(self, store: Store) -> str:
        """Where readers find the store, without a slash at the end."""
        ...


class Delivery:
    """Tokens are made when a letter leaves: until then nothing that could be stolen exists."""

    def __init__(
        self, waiting: WaitingLetters, links: Links, mail: Mail, addresses: Addresses
    ) -> None:
        self._waiting = waiting
        self._links = links
        self._mail = mail
        self._addresses = addresses

    async def deliver_next(self) -> bool:
        """Send the next letter that is due; whether there was one.

        A crash at any moment leaves the letter to be taken again, so it may arrive twice.
        """
        waiting = await self._waiting.take(LEASE)
        if waiting is None:
            return False
        if waiting.tries > MOST_TRIES:  # whoever had it broke, again and again
            await self._waiting.given_up(waiting.id, "it was tried too often")
            return True
        try:
            if (letter := await self._written(waiting)) is not None:
                await self._mail.send(letter)
        except MailRefused as error:
            await self._waiting.given_up(waiting.id, error.detail)
        except Unavailable as error:
            await self._later(waiting, error.detail)
        else:
            await self._waiting.done(waiting.id)
        return True

    async def _later(self, waiting: Waiting, why: str) -> None:
        if waiting.tries >= MOST_TRIES:
            await self._waiting.given_up(waiting.id, why)
            return
        pause = min(FIRST_PAUSE * 2 ** min(waiting.tries - 1, 10), LONGEST_PAUSE)
        await self._waiting.again(waiting.id, pause, why)

    async def _written(self, waiting: Waiting) -> Letter | None:
        """None where nothing is to be sent: no such account, or a link was sent just now."""
        account, kind = waiting.account, waiting.kind
        if account is None or (kind == "verify-email" and account.email_verified):
            return None
        shop_link = self._addresses.of(waiting.store)
        link = ""
        if kind in LINK_HOURS:
            lifetime = timedelta(hours=LINK_HOURS[kind])
            # At a second try the first link may have arrived nevertheless: then both work.
            interval = SHORTEST_INTERVAL if waiting.tries == 1 else timedelta(0)
            content = {"email": waiting.to} if kind == "change-email" else None
            token = await self._links.new_link(account, kind, lifetime, interval, content=content)
            if token is None:
                return None
            # Behind the #: what stands there reaches no log, no proxy and no other site.
            link = f"{shop_link}/#{kind}={token}"
        subject, text = written(
            kind,
            name=account.display_name,
            shop=waiting.store.name,
            shop_link=shop_link,
            link=link,
        )
        return Letter(reference=str(waiting.id), to=waiting.to, subject=subject, text=text)
