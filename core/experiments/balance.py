"""Whether the variants got the shares of readers that they were to get; may be looked at daily."""

from collections.abc import Sequence
from math import exp, lgamma, log

ALARM = 0.01
"""A p below it says that assignment, or the way exposures are told, is broken."""

_PRIOR = 100.0
"""Weight of the promised shares in what else is expected: small deviations are looked for."""


def balance(readers: Sequence[int], shares: Sequence[float]) -> float:
    """A p that is valid at every look together; 1 while nothing speaks against the shares.

    readers: who were assigned each variant; shares: what was promised, adding up to 1.
    Source: Lindon & Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022.
    """
    prior = [_PRIOR * share for share in shares]
    evidence = lgamma(sum(prior)) - lgamma(sum(prior) + sum(readers))
    for count, weight, share in zip(readers, prior, shares, strict=True):
        evidence += lgamma(weight + count) - lgamma(weight) - count * log(share)
    return min(1.0, exp(min(-evidence, 0.0)))
