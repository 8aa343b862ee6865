"""Experiments in and out; the types are those of core, but for lists."""

from msgspec import Struct

from core.experiments.experiment import Experiment


class ExperimentList(Struct, frozen=True):
    """Newest first."""

    results: tuple[Experiment, ...]
