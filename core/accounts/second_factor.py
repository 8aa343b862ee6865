"""A second factor: codes of an app, recovery codes, and the challenge between password and code."""

import secrets
from base64 import b32encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts import totp
from core.accounts.account import Account, Unproved
from core.accounts.lockout import Lockout, attempt_of, code_attempt_of
from core.accounts.principal import Principal
from core.kernel.errors import Conflict, Unauthenticated
from core.stores.store import Store

CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 16
"""128 bits: too many to try, so a plain digest keeps them (ASVS v5.0.0-6.5.2, 11.5.1)."""
LONGEST_CODE: Final = 64


class SecondFactorNeeded(Unauthenticated):
    """The password is right. challenge: to be sent with a code."""

    def __init__(self, challenge: str) -> None:
        super().__init__(
            "a code of your authenticator app is needed",
            remedy="POST /api/v1/auth/mfa/verify with the challenge and a code",
        )
        self.challenge = challenge


class ChallengeOver(Unproved):
    def __init__(self) -> None:
        super().__init__("this sign-in took too long, or is done", remedy="begin it anew")


class WrongCode(Unproved):
    def __init__(self) -> None:
        super().__init__(
            "the code is wrong, or was used before",
            remedy="wait for the app's next code, or use a recovery code",
        )


class FactorStands(Conflict): ...


class NoFactor(Conflict): ...


class Setup(Struct, frozen=True, kw_only=True):
    """secret: to type into an app; uri: the same as a link; qr: the same as a picture (data:)."""

    secret: str
    uri: str
    qr: str


class Factor(Struct, frozen=True, kw_only=True):
    enabled: bool
    recovery_codes_left: int


class Taken(Protocol):
    @property
    def reader_id(self) -> UUID | None: ...


class Challenges(Protocol):
    async def new(
        self, store_id: UUID, purpose: str, lifetime: timedelta, *, reader_id: UUID
    ) -> str: ...
    async def look(self, store_id: UUID, purpose: str, secret: str) -> Taken | None: ...
    async def take(self, store_id: UUID, purpose: str, secret: str) -> Taken | None: ...


class Factors(Protocol):
    async def of(self, store_id: UUID, reader_id: UUID) -> Factor: ...
    async def begin(self, store_id: UUID, reader_id: UUID, secret: bytes) -> bool:
        """Keep a secret until a code confirms it; False where one is confirmed already."""
        ...

    async def confirm(
        self, store_id: UUID, reader_id: UUID, code: str, recovery: Sequence[str]
    ) -> bool:
        """Switch on by a code of the secret that was begun; False for a wrong one."""
        ...

    async def use(self, store_id: UUID, reader_id: UUID, code: str) -> bool:
        """Use up a code, of the app or for recovery: of many at once, one succeeds."""
        ...

    async def replace_recovery(
        self, store_id: UUID, reader_id: UUID, recovery: Sequence[str]
    ) -> None:
        """The old recovery codes are void."""
        ...

    async def remove(self, store_id: UUID, reader_id: UUID) -> None: ...


class AccountsById(Protocol):
    async def by_id(self, store: Store, account_id: UUID) -> Account: ...


class SecondFactors:
    """draw: a QR code of a text, as a data: URI."""

    def __init__(
        self,
        accounts: AccountsById,
        factors: Factors,
        challenges: Challenges,
        lockout: Lockout,
        draw: Callable[[str], str],
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._challenges = challenges
        self._lockout = lockout
        self._draw = draw

    async def of(self, principal: Principal) -> Factor:
        return await self._factors.of(principal.store_id, principal.reader_id)

    async def set_up(self, store: Store, principal: Principal) -> Setup:
        """A secret for an app, not in force before a code confirms it.

        Raises FactorStands, AccountNotFound.
        """
        account = await self._accounts.by_id(store, principal.reader_id)
        secret = totp.new_secret()
        if not await self._factors.begin(store.id, account.id, secret):
            raise FactorStands(
                "a second factor is on already", remedy="POST /api/v1/auth/mfa/disable first"
            )
        uri = totp.key_uri(secret, issuer=store.name, account=account.email)
        return Setup(secret=totp.shown(secret), uri=uri, qr=self._draw(uri))

    async def confirm(
        self, store: Store, principal: Principal, code: str, address: bytes
    ) -> tuple[str, ...]:
        """Switch the second factor on; the recovery codes, told this once.

        Raises WrongCode, SignInLocked, AccountNotFound.
        """
        recovery = new_recovery_codes()
        account = await self._accounts.by_id(store, principal.reader_id)
        attempt = await self._lockout.begin(code_attempt_of(store.id, account.email, address))
        if not await self._factors.confirm(store.id, account.id, plain_code(code), recovery):
            raise WrongCode
        await self._lockout.succeeded(attempt)
        return recovery

    async def renew_recovery(
        self, store: Store, principal: Principal, code: str, address: bytes
    ) -> tuple[str, ...]:
        """New recovery codes by a code, told this once; the old ones are void.

        Raises NoFactor, WrongCode, SignInLocked.
        """
        account = await self._proved(store, principal, code, address)
        recovery = new_recovery_codes()
        await self._factors.replace_recovery(store.id, account.id, recovery)
        return recovery

    async def disable(self, store: Store, principal: Principal, code: str, address: bytes) -> None:
        """Switch it off by a last code. Raises NoFactor, WrongCode, SignInLocked."""
        account = await self._proved(store, principal, code, address)
        await self._factors.remove(store.id, account.id)

    async def _proved(
        self, store: Store, principal: Principal, code: str, address: bytes
    ) -> Account:
        if not (await self.of(principal)).enabled:
            raise NoFactor("no second factor is on")
        account = await self._accounts.by_id(store, principal.reader_id)
        await self._use(store, account, code, address)
        return account

    async def challenge(self, account: Account) -> SecondFactorNeeded:
        """What to raise once the first factor is proved."""
        return SecondFactorNeeded(
            await self._challenges.new(
                account.store_id, "second-factor", CHALLENGE_LIFETIME, reader_id=account.id
            )
        )

    async def answer(self, store: Store, challenge: str, code: str, address: bytes) -> Account:
        """Whose sign-in the code completes. Raises ChallengeOver, WrongCode, SignInLocked.

        A wrong code leaves the challenge good; guesses are counted apart from passwords, so that
        knowing the password buys no new ones.
        """
        known = await self._challenges.look(store.id, "second-factor", challenge)
        if known is None or known.reader_id is None:
            raise ChallengeOver
        account = await self._accounts.by_id(store, known.reader_id)
        await self._use(store, account, code, address)
        if await self._challenges.take(store.id, "second-factor", challenge) is None:
            raise ChallengeOver
        await self._lockout.recovered(attempt_of(store.id, account.email, address))
        return account

    async def _use(self, store: Store, account: Account, code: str, address: bytes) -> None:
        attempt = await self._lockout.begin(code_attempt_of(store.id, account.email, address))
        if not await self._factors.use(store.id, account.id, plain_code(code)):
            raise WrongCode
        await self._lockout.succeeded(attempt)


def new_recovery_codes() -> tuple[str, ...]:
    return tuple(new_recovery_code() for _ in range(RECOVERY_CODES))


def new_recovery_code() -> str:
    """26 letters and digits in groups of four."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).rstrip(b"=").decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def plain_code(code: str) -> str:
    """However it was typed: without spaces and dashes, in lower case."""
    return "".join(code[:LONGEST_CODE].split()).replace("-", "").casefold()
