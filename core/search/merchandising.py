"""Rules applied to what was found: books pinned to a place, sunk to the end, or left out."""

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.candidates import candidates
from core.search.columns import NONE
from core.search.matching import Matches
from core.search.ranking import Ranked, Taste, Weights, rank
from core.search.rules import Rule
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

Keys = NDArray[np.int32]


class Decree(Struct, frozen=True):
    """What rules say of living books, by ordinal. One book meets one rule.

    A book that is hidden is neither pinned nor buried, one that is pinned is not buried.
    """

    pinned: Mapping[int, Rule] = {}
    buried: Mapping[int, Rule] = {}
    hidden: Mapping[int, Rule] = {}

    def rule_of(self, key: int) -> Rule | None:
        return self.hidden.get(key) or self.pinned.get(key) or self.buried.get(key)

    @property
    def special(self) -> Keys:
        """Books whose place a rule tells, ascending."""
        return np.array(sorted({*self.pinned, *self.buried}), np.int32)


def decreed(view: View, rules: Iterable[Rule]) -> Decree | None:
    """What the rules say of this index; None where they name no book that is in it."""
    by_action: dict[str, dict[int, Rule]] = {"hide": {}, "pin": {}, "bury": {}}
    # The lowest place wins where two rules pin one book, then the older rule.
    for rule in sorted(rules, key=lambda rule: (rule.position or 0, rule.id)):
        if (key := view.snapshot.ordinal_of(rule.book_id)) != NONE:
            by_action[rule.action].setdefault(key, rule)
    hidden, pinned = by_action["hide"], by_action["pin"]
    pinned = {key: rule for key, rule in pinned.items() if key not in hidden}
    buried = {key: rule for key, rule in by_action["bury"].items() if key not in {*hidden, *pinned}}
    return Decree(pinned, buried, hidden) if hidden or pinned or buried else None


def amended(matches: Matches, decree: Decree) -> Matches:
    """The matches with pinned books, which need not hold the words, and without hidden ones."""
    hidden = np.array(sorted(decree.hidden), np.int32)
    pinned = np.array(sorted(decree.pinned), np.int32)
    shown = np.setdiff1d(matches.keys, hidden, assume_unique=True)
    keys = np.union1d(shown, pinned).astype(np.int32)
    return Matches(
        matches.step,
        matches.minimum,
        len(keys),
        lambda: keys,
        entitled=np.setdiff1d(matches.entitled, hidden).astype(np.int32),
        scored=matches.scored,
    )


def rank_decreed(
    view: View,
    query: Understood,
    matches: Matches,
    chosen: Keys,
    decree: Decree,
    *,
    weights: Weights,
    taste: Taste | None,
    places: slice,
    limit: int,
) -> Ranked:
    """As `ranking.rank`, with pinned books at their places and buried ones behind all others.

    chosen: amended matches that passed the filters, ascending.
    """
    special = np.intersect1d(chosen, decree.special).astype(np.int32)
    plain = np.setdiff1d(chosen, special, assume_unique=True)
    scored = candidates(view, query, matches, plain, limit)
    scored = _with(view, query, scored, special)
    everything = slice(None)
    ranked = rank(view, query, matches, scored, weights=weights, taste=taste, places=everything)
    order = _order(ranked.keys.tolist(), len(chosen), len(plain), decree, places)
    return Ranked(
        ranked.keys[order],
        ranked.score[order],
        ranked.text[order],
        ranked.popularity[order],
        ranked.taste[order],
        ranked.weights,
    )


def slots(pins: list[Rule], count: int) -> list[int]:
    """Places from 0 that the pins take among count books, the pins in order of their places."""
    taken: list[int] = []
    for i, rule in enumerate(pins):
        wished = max((rule.position or 1) - 1, taken[-1] + 1 if taken else 0)
        taken.append(min(wished, count - len(pins) + i))
    return taken


def _with(view: View, query: Understood, scored: Scored, special: Keys) -> Scored:
    """The special books behind the others, scored by whatever words they hold."""
    if not len(special):
        return scored
    held = view.snapshot.text.top(query.words, minimum=1, limit=len(special), among=special)
    bare = np.setdiff1d(special, held.keys)
    best = scored.scores[0] if len(scored.scores) else np.inf  # a part may not pass 1
    return Scored(
        np.concatenate((scored.keys, held.keys, bare.astype(np.int64))),
        np.concatenate(
            (scored.scores, np.minimum(held.scores, best), np.zeros(len(bare), np.float32))
        ),
        scored.total + len(special),
    )


def _order(
    keys: list[int], count: int, plain: int, decree: Decree, places: slice
) -> NDArray[np.int64]:
    """Positions in keys of the books at these places. plain: books without a place by rule."""
    at = {key: position for position, key in enumerate(keys)}
    pinned = sorted(
        (key for key in keys if key in decree.pinned),
        key=lambda key: (decree.pinned[key].position or 0, decree.pinned[key].id),
    )
    taken = slots([decree.pinned[key] for key in pinned], count)
    slot_of = dict(zip(taken, pinned, strict=True))
    free = [key for key in keys if key not in decree.pinned and key not in decree.buried]
    sunk = [key for key in keys if key in decree.buried]
    found: list[int] = []
    before = sum(slot < (places.start or 0) for slot in taken)
    for place in range(places.start or 0, min(places.stop, count)):
        if place in slot_of:
            found.append(at[slot_of[place]])
            before += 1
            continue
        index = place - before
        if index < len(free):
            found.append(at[free[index]])
        elif 0 <= index - plain < len(sunk):
            found.append(at[sunk[index - plain]])
        else:
            break  # deeper than the engine looks
    return np.array(found, np.int64)
