"""Each kind of problem explains itself at its own type."""

from typing import Final

from msgspec import Struct

from api.asgi.answer import REVALIDATE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.problems import KINDS
from core.kernel.errors import NotFound


class ProblemKind(Struct):
    type: str
    title: str
    status: int
    meaning: str


_KINDS: Final = {
    kind.name: ProblemKind(kind.type, kind.title, kind.status, kind.meaning)
    for kind in KINDS.values()
}


@endpoint(READ, "/problems", tag="problems", may="docs:read", answer=list[ProblemKind])
async def problem_kinds(request: Request) -> Answer:
    """Every kind of problem that answers may tell of."""
    return json_answer(list(_KINDS.values()), REVALIDATE)


@endpoint(
    READ,
    "/problems/{name:str}",
    tag="problems",
    may="docs:read",
    answer=ProblemKind,
    problems=(404,),
)
async def problem_kind(request: Request) -> Answer:
    """What a problem's `type` means and what to do about it."""
    name = request.path_value("name")
    if name not in _KINDS:
        raise NotFound(f"there is no problem {name[:100]!r}", remedy="see /problems")
    return json_answer(_KINDS[name], REVALIDATE)


ENDPOINTS = (problem_kinds, problem_kind)
