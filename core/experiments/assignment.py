"""Which variant of an experiment somebody sees: the same one always, without anything stored."""

import hashlib
from uuid import UUID

from core.experiments.experiment import Experiment

_WHOLE = 1 << 64


def variant_of(experiment: Experiment, subject: UUID) -> int | None:
    """The variant's place; None for who takes no part.

    By hashes of experiment and subject, so that experiments do not follow one another.
    """
    if experiment.traffic < 1 and _place(experiment, subject, b"traffic") >= experiment.traffic:
        return None
    place = _place(experiment, subject, b"variant")
    for number, variant in enumerate(experiment.variants[:-1]):
        if place < variant.share:
            return number
        place -= variant.share
    return len(experiment.variants) - 1


def seed_of(experiment: Experiment, subject: UUID, question: bytes = b"") -> int:
    """For drafting one subject's list, the same whenever and wherever the same is asked."""
    return _number(experiment, subject, b"draft" + question)


def _place(experiment: Experiment, subject: UUID, what: bytes) -> float:
    """In [0, 1)."""
    return _number(experiment, subject, what) / _WHOLE


def _number(experiment: Experiment, subject: UUID, what: bytes) -> int:
    said = experiment.id.bytes + subject.bytes + what
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big")
