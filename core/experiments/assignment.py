"""Which variant of an experiment somebody sees: the same one always, without anything stored."""

import hashlib
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Invalid

_WHOLE = 1 << 64


class BadExperiment(Invalid): ...


class Variant(Struct, frozen=True):
    """share: of the readers, in [0, 1]."""

    name: str
    share: float


class Experiment(Struct, frozen=True):
    """The first variant is the one that the others are compared with; shares add up to 1."""

    name: str
    variants: tuple[Variant, ...]


def checked(experiment: Experiment) -> Experiment:
    """Raises BadExperiment for one that nobody could be assigned by."""
    names = [variant.name for variant in experiment.variants]
    shares = [variant.share for variant in experiment.variants]
    if len(names) < 2 or len(set(names)) < len(names):
        raise BadExperiment(f"{experiment.name} has not two variants of different names: {names}")
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise BadExperiment(
            f"the shares of {experiment.name} are {shares}", remedy="let them add up to 1"
        )
    return experiment


def variant_of(experiment: Experiment, subject: UUID) -> Variant:
    """By a hash of experiment and subject, so that experiments do not follow one another."""
    digest = hashlib.blake2b(
        experiment.name.encode() + b"\0" + subject.bytes, digest_size=8
    ).digest()
    place = int.from_bytes(digest, "big") / _WHOLE
    for variant in experiment.variants[:-1]:
        if place < variant.share:
            return variant
        place -= variant.share
    return experiment.variants[-1]
