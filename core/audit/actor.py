"""Who acts: set by the edge at the start of a request, read where the act is written."""

from contextvars import ContextVar
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

Via = Literal["session", "key", "nobody", "process"]


class Actor(Struct, frozen=True):
    """via: how they are known; nobody is not signed in, process is a command or a job of ours.

    credential: the session or the API key.
    """

    via: Via = "process"
    id: UUID | None = None
    role: str = ""
    credential: UUID | None = None
    request_id: str = ""


# Of the task that acts: it reaches the row without going through every call between.
ACTING: Final[ContextVar[Actor]] = ContextVar("acting", default=Actor())  # noqa: B039 - frozen
