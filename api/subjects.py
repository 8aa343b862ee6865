"""Who takes part in an experiment, as a request says it."""

import contextlib
from typing import Final, NamedTuple
from uuid import UUID

from api.asgi.request import Request
from api.asgi.types import Header
from api.consent import objects
from api.running import Subject
from core.experiments.assignment import variant_of
from core.experiments.experiment import Experiment

VISITOR: Final = b"x-visitor"
VISITOR_HEADER: Final = ("X-Visitor", "an id by which a visitor is known to experiments, a UUID")
EXPERIMENT_HEADER: Final = ("Experiment", "the experiment and the variant that made this answer")


class Part(NamedTuple):
    """variant: its place."""

    experiment: Experiment
    subject: Subject
    variant: int


def part_of(request: Request, store_id: UUID, experiment: Experiment) -> Part | None:
    """Who asks, and what the experiment shows them; None for who takes no part."""
    if (subject := subject_of(request, store_id)) is None:
        return None
    variant = variant_of(experiment, subject.id)
    return None if variant is None else Part(experiment, subject, variant)


def subject_of(request: Request, store_id: UUID) -> Subject | None:
    """The reader who is signed in, or whom X-Visitor names; None where nobody is known.

    Who objects to statistics takes no part. A key asks for others than its owner. HEAD shows
    nobody anything.
    """
    if request.exchange.method == "HEAD" or objects(request.headers):
        return None
    principal = request.member(store_id)
    if principal is not None and principal.key is None:
        return Subject(principal.reader_id, principal.reader_id)
    with contextlib.suppress(ValueError):
        return Subject(UUID(request.header(VISITOR)), None)
    return None


def told(experiment: Experiment, variant: int | None) -> Header:
    """The header that says what had a part in an answer, a string with a parameter (RFC 9651)."""
    name = "interleaved" if variant is None else experiment.variants[variant].name
    return b"experiment", f'"{experiment.name}";variant="{name}"'.encode()
