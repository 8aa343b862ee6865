"""An experiment as staff start it: what is tried on which surface, and on whom."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, Struct

from core.kernel.errors import Conflict, Fault, Invalid, NotFound
from core.recommendations.mix import USUAL, Mix
from core.search.ranking import Weights

Surface = Literal["recommended", "search"]
Method = Literal["split", "interleaved"]
Goal = Literal["click", "cart", "purchase"]
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9 -]{0,62}$", max_length=63)]
Part = Annotated[float, Meta(gt=0, le=1)]
Weight = Annotated[float, Meta(ge=0, le=1_000)]

GOALS: Final[tuple[Goal, ...]] = ("click", "cart", "purchase")
MOST_VARIANTS: Final = 6


class ExperimentNotFound(NotFound): ...


class ExperimentExists(Conflict): ...


class BadExperiment(Invalid): ...


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """share: of those who take part. mix: of the recommended shelf. weights: text, popularity and
    taste of search. Without either: the shop as it is."""

    name: Name
    share: Part = 0.5
    mix: Mix | None = None
    weights: tuple[Weight, Weight, Weight] | None = None

    @property
    def mixed(self) -> Mix:
        return self.mix or USUAL

    @property
    def weighed(self) -> Weights | None:
        """Brought to a sum of 1; None for the shop's own."""
        if self.weights is None:
            return None
        total = sum(self.weights)
        return Weights(*(weight / total for weight in self.weights))


class ExperimentDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first variant is the one that the others are compared with; shares add up to 1.

    method: split shows each reader one variant; interleaved shows both in one list. goal: what
    the winner is told by. traffic: share of the readers who take part.
    """

    name: Name
    surface: Surface
    method: Method = "split"
    goal: Goal = "click"
    traffic: Part = 1.0
    variants: tuple[Variant, ...]


class Experiment(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    surface: Surface
    method: Method
    goal: Goal
    traffic: float
    variants: tuple[Variant, ...]
    started_at: datetime
    stopped_at: datetime | None = None


def checked(draft: ExperimentDraft) -> ExperimentDraft:
    """Raises BadExperiment with a fault for each rule that is broken."""
    faults = tuple(_faults(draft))
    if faults:
        raise BadExperiment(
            f"cannot start {draft.name}: see {', '.join(fault.pointer for fault in faults)}",
            faults=faults,
        )
    return draft


def _faults(draft: ExperimentDraft) -> Iterator[Fault]:
    variants = draft.variants
    names = [variant.name for variant in variants]
    if not 2 <= len(variants) <= MOST_VARIANTS:
        yield Fault("/variants", f"needs 2 to {MOST_VARIANTS} variants, has {len(variants)}")
    elif len(set(names)) < len(names):
        yield Fault("/variants", f"two have the same name: {names}")
    total = sum(variant.share for variant in variants)
    if abs(total - 1) > 1e-9:
        yield Fault("/variants", f"the shares add up to {total:g}, not to 1")
    if draft.method == "interleaved" and len(variants) != 2:
        yield Fault("/method", "exactly two variants can be interleaved")
    foreign = "weights" if draft.surface == "recommended" else "mix"
    for place, variant in enumerate(variants):
        if getattr(variant, foreign) is not None:
            yield Fault(f"/variants/{place}/{foreign}", f"does not change {draft.surface}")
        if variant.weights is not None and not sum(variant.weights) > 0:
            yield Fault(f"/variants/{place}/weights", "need a sum above 0")
