"""A test that may be looked at every day: its error rate holds over all looks together.

A fixed-sample test that is looked at daily finds winners among equals several times as often as
it promises. Here the likelihood ratio of a normal mixture is watched instead; by Ville's
inequality it passes 1 / α with probability α at most, ever.
Source: Johari, Koomen, Pekelis & Walsh, Always Valid Inference, Operations Research 70(3), 2022.
"""

from math import exp, inf, log, sqrt

from msgspec import Struct

ALPHA = 0.05

EXPECTED_LIFT = 0.1
"""Of the mean: where the mixture looks hardest. It decides how soon, never how often wrongly."""

FEWEST = 100
"""Below so many of a variant means are not normal yet, and nothing is said."""


class Arm(Struct, frozen=True):
    """What one variant's readers did: how many there are, the sum and the sum of squares."""

    readers: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.readers if self.readers else 0.0

    @property
    def variance(self) -> float:
        """Of one reader."""
        if self.readers < 2:
            return 0.0
        spread = self.squares - self.total * self.total / self.readers
        return max(spread, 0.0) / (self.readers - 1)


class Lift(Struct, frozen=True):
    """difference: of means, variant less control; low, high: hold it at every look together with
    1 - α. p: always valid, 1 as long as nothing can be said. decided: p below α."""

    difference: float
    low: float
    high: float
    p: float
    decided: bool


def compare(control: Arm, variant: Arm, *, alpha: float = ALPHA) -> Lift:
    """The lift of a variant over the control as of now."""
    difference = variant.mean - control.mean
    if min(control.readers, variant.readers) < FEWEST:
        return _nothing(difference)
    spread = control.variance / control.readers + variant.variance / variant.readers
    pooled = (control.total + variant.total) / (control.readers + variant.readers)
    return _judged(difference, spread, EXPECTED_LIFT * pooled, alpha)


def compare_with_nothing(preferences: Arm, *, alpha: float = ALPHA) -> Lift:
    """Whether the mean differs from 0; of preferences in [-1, 1], as interleaving gives them."""
    if preferences.readers < FEWEST:
        return _nothing(preferences.mean)
    spread = preferences.variance / preferences.readers
    return _judged(preferences.mean, spread, EXPECTED_LIFT, alpha)


def _nothing(difference: float) -> Lift:
    return Lift(difference, -inf, inf, 1.0, decided=False)


def _judged(difference: float, spread: float, expected: float, alpha: float) -> Lift:
    """spread: of the difference, squared error; expected: where the mixture looks hardest."""
    mixture = expected**2
    if spread <= 0 or mixture <= 0:
        return _nothing(difference)
    ratio = mixture / (spread + mixture)
    evidence = 0.5 * log(1 - ratio) + 0.5 * ratio * difference**2 / spread
    half = sqrt((spread / ratio) * (2 * log(1 / alpha) - log(1 - ratio)))
    p = min(1.0, exp(min(-evidence, 0.0)))
    return Lift(difference, difference - half, difference + half, p, decided=p < alpha)
