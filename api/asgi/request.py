"""What a route sees of a request: read when asked for, nothing before."""

from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from api.asgi.body import check_media_type, decode_json, read_body
from api.asgi.credentials import authorization_of
from api.asgi.exchange import KEY, Exchange
from api.asgi.query import query_pairs, read_query
from api.asgi.types import Receive, Scope
from api.services import Services, StoreServices
from core.accounts.permissions import Permission, may, require
from core.accounts.principal import Principal
from core.audit.actor import ACTING, Actor, Via
from core.kernel.errors import NotFound

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


def act_as_nobody(scope: Scope) -> None:
    """Let what is written from here on tell the request, before it is known who asks."""
    ACTING.set(Actor("nobody", request_id=scope[KEY].request_id.decode()))


class Request:
    """services: bound once for the process; nothing is injected a request.

    permission: what the route needs.
    """

    __slots__ = (
        "_principal",
        "_receive",
        "exchange",
        "headers",
        "permission",
        "scope",
        "services",
    )

    def __init__(
        self, scope: Scope, receive: Receive, services: Services, permission: Permission
    ) -> None:
        exchange: Exchange = scope[KEY]
        self.exchange = exchange
        self.headers = exchange.headers
        self.permission = permission
        self.scope = scope
        self.services = services
        self._receive = receive
        self._principal: Principal | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """The query's names and values in their order. Raises Invalid for too many."""
        return query_pairs(self.scope["query_string"])

    def query(self, kind: type[S]) -> S:
        """The query as a Struct of the route's own. Raises Invalid with faults."""
        return read_query(self.scope["query_string"], kind)

    def header(self, name: bytes) -> str:
        """The header's value, "" when absent; name in lower case."""
        return self.headers.get(name, b"").decode("latin-1")

    def path_value(self, name: str) -> str:
        value: Any = self.scope["path_params"][name]
        return str(value)

    def path_id(self, name: str, missing: type[NotFound]) -> UUID:
        """The id in the path; what is no UUID names nothing, so it raises `missing`."""
        value = self.path_value(name)
        try:
            return UUID(value)
        except ValueError:
            raise missing(f"{value[:100]!r} is no id", remedy="ids are UUIDs") from None

    async def body(self) -> bytes:
        seconds = self.services.settings.body_seconds
        return await read_body(self._receive, self.headers, seconds)

    async def json(self, decoder: msgspec.json.Decoder[T], *accepted: bytes) -> T:
        """The body as the decoder's type. Raises as `read_body` and `decode_json`."""
        check_media_type(self.headers, *accepted, b"application/json")
        return decode_json(await self.body(), decoder)

    def store(self) -> StoreServices:
        """The store that X-Store or Host names. Raises StoreNotFound, Invalid, Unavailable."""
        return self.services.for_store(self.headers.get(b"x-store"), self.headers.get(b"host"))

    def principal(self) -> Principal | None:
        """Whom the credentials speak for; None without any. Raises BadToken for bad ones."""
        if self._principal is None:
            authorization = authorization_of(self.headers)
            if authorization is None:
                authorization = self._cookie()
            if authorization is None:
                return None
            self._principal = self.services.verify(authorization)
            self._acts(self._principal)
            self.exchange.reader_id = str(self._principal.reader_id)
        return self._principal

    def _cookie(self) -> bytes | None:
        """A browser's cookie, as an Authorization header. Raises ForgedPost."""
        cookies = self.services.cookies
        if not (token := cookies.token(self.headers)):
            return None
        if self.exchange.method not in SAFE:
            cookies.check(self.headers)
        return b"Bearer " + token

    def _acts(self, principal: Principal) -> None:
        """Let what is written from here on tell who wrote it."""
        if self.exchange.method in SAFE:
            return
        via: Via = "session" if principal.key is None else "key"
        credential = principal.key or principal.session
        request_id = self.exchange.request_id.decode()
        ACTING.set(Actor(via, principal.reader_id, principal.role, credential, request_id))

    def member(self, store_id: UUID) -> Principal | None:
        """Who is known to ask; of another store or by a key without the scope, that is nobody."""
        principal = self.principal()
        if principal is None or principal.store_id != store_id:
            return None
        return principal if may(principal, self.permission) else None

    def reader(self, store_id: UUID) -> Principal:
        """Who asks and may. Raises as `core.accounts.permissions.require`."""
        return require(self.principal(), store_id, self.permission)
