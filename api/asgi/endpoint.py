"""A route as a declaration: what it answers, how it is documented; bound to services once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method
from msgspec import Struct
from msgspec.structs import replace

from api.asgi.answer import Answer, Empty
from api.asgi.credentials import shown
from api.asgi.limits import limited, rule_of
from api.asgi.request import SAFE, Request, act_as_nobody
from api.asgi.types import App, Receive, Scope, Send
from api.problems import TookTooLong, problem_answer
from api.services import Services
from core.accounts.permissions import ANYBODYS, Permission
from core.kernel.errors import BookwheelError

Run = Callable[[Request], Awaitable[Answer]]


class Documented(Struct, frozen=True, kw_only=True):
    """What OpenAPI tells of a route beyond its path; see `api.schemas.openapi`.

    query: a Struct whose fields are the query parameters. body and answer: types of JSON.
    may: the permission that the route needs. request_headers and answer_headers: names with their
    meaning. personal: differs for those who are signed in.
    """

    tag: str
    may: Permission
    query: type[Struct] | None = None
    body: Any = None
    body_media: tuple[str, ...] = ("application/json",)
    answer: Any = None
    answer_media: str = "application/json"
    status: int = 200
    problems: tuple[int, ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    answer_headers: tuple[tuple[str, str], ...] = ()
    personal: bool = False
    hidden: bool = False


class Endpoint(Struct, frozen=True):
    """path: as Litestar writes it, "/books/{book_id:str}"."""

    methods: tuple[Method, ...]
    path: str
    run: Run
    documented: Documented
    operation: str = ""

    def handler(self, bound: App) -> HTTPRouteHandler:
        """The Litestar handler: without parameters, so nothing is parsed or injected.

        It returns what `bound` made, the cheapest form that keeps Litestar's routing.
        """

        async def handle() -> ASGIApp:
            return bound  # type: ignore[return-value] # our ASGI types are looser than Litestar's

        handle.__doc__ = self.run.__doc__
        # The status is the answer's own; Litestar wants one that allows a body.
        return HTTPRouteHandler(self.path, http_method=list(self.methods), status_code=200)(handle)

    def at(self, path: str) -> "Endpoint":
        """The same answer at another address, told of once."""
        return replace(self, path=path, documented=replace(self.documented, hidden=True))

    def called(self, operation: str) -> "Endpoint":
        """The same under another name in OpenAPI."""
        return replace(self, operation=operation)

    @property
    def name(self) -> str:
        """Module and function, as in search.similar; unique but for `at`."""
        return self.operation or f"{self.run.__module__.rpartition('.')[2]}.{self.run.__name__}"

    def bound(self, services: Services) -> App:
        """What answers, with its permission, limit and services."""
        permission = self.documented.may
        rule = rule_of(self.name, self.documented.tag, self.methods)
        run = limited(
            permitted(self.run, permission, personal=self.documented.personal), rule, services
        )
        writes = not SAFE.issuperset(self.methods)
        if writes:
            run = bounded(run, services.settings.answer_seconds)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if writes:
                act_as_nobody(scope)
            try:
                made = await run(Request(scope, receive, services, permission))
            except BookwheelError as error:
                made = problem_answer(error, scope)
            await made(scope, receive, send)

        return answer


READ: tuple[Method, ...] = ("GET", "HEAD")


def bounded(run: Run, seconds: float) -> Run:
    """The route, given up where it takes longer. Raises TookTooLong."""

    async def timed(request: Request) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await run(request)
        except TimeoutError:
            raise TookTooLong(f"this took longer than {seconds:g} s") from None

    return timed


def permitted(run: Run, permission: Permission, *, personal: bool) -> Run:
    """The route behind its permission, checked before anything else is read.

    Where everybody has it: behind a look at credentials if they change the answer, else itself.
    """

    def checked(request: Request) -> Awaitable[Answer]:
        request.reader(request.store().store.id)
        return run(request)

    def looked_at(request: Request) -> Awaitable[Answer]:
        if shown(request.headers):
            request.principal()
        return run(request)

    if permission not in ANYBODYS:
        return checked
    return looked_at if personal else run


def endpoint(
    methods: Method | tuple[Method, ...], path: str, **documented: Any
) -> Callable[[Run], Endpoint]:
    """Declare a route; the function's docstring is its description."""
    names = methods if isinstance(methods, tuple) else (methods,)

    def declare(run: Run) -> Endpoint:
        return Endpoint(names, path, run, Documented(**documented))

    return declare


def options_of(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """An answer to OPTIONS for each path.

    Litestar makes one of its own, which knows only the methods of the first endpoint at the path.
    """
    methods: dict[str, set[str]] = {}
    for each in endpoints:
        methods.setdefault(each.path, {"OPTIONS"}).update(each.methods)
    hidden = Documented(tag="", may="docs:read", hidden=True)
    return [
        Endpoint(("OPTIONS",), path, _allowing(names), hidden) for path, names in methods.items()
    ]


def _allowing(methods: Iterable[str]) -> Run:
    allow = (b"allow", ", ".join(sorted(methods)).encode())

    async def allowed(request: Request) -> Answer:
        return Empty(204, (allow,))

    return allowed
