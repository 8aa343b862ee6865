"""What was meant by words the catalogue does not know: other letters, other spaces."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.forms import Forms
from core.search.respacing import Runs
from core.search.spelling import UNKNOWN, Speller
from core.search.view import View

ONE_EDIT, TWO_EDITS = 0.7, 0.5
"""Weights of a correction by its edits; an exact word weighs 1."""
MOST_NEAR, MOST_MEANT = 8, 4
COMPANY = 2.0
"""How much likelier a word is that stands in a book beside the query's others; as a logarithm."""
FOREIGN = 1.0
"""How much unlikelier one is of another language than all of the query's words."""
SURE = 0.5
"""Probability from which on a correction is told to the reader."""
MOST_COMPARED = 1_024
"""Books of a near word that are looked at for company, its first."""


class Meant(Struct, frozen=True):
    """alternatives: words and their weights, likeliest first. sure: the first was meant, if any
    word can be told."""

    alternatives: tuple[tuple[str, float], ...]
    sure: bool


def respaced(view: View, forms: Forms, typed: Sequence[str], unknown: frozenset[str]) -> list[str]:
    """The terms with those put together that were torn apart, and apart that were run together.

    Only unknown words are touched, with the words beside them: where both together are a word of
    the catalogue, or their parts stand side by side in a title or name.
    """
    code = view.snapshot.terms.code
    known = [code(term) for term in typed if term not in unknown and code(term) != NONE]
    whole: list[str] = []
    for term in typed:
        torn = whole and (term in unknown or whole[-1] in unknown)
        if torn and code(whole[-1] + term) != NONE:
            whole[-1] += term
        else:
            whole.append(term)
    spaced: list[str] = []
    for term in whole:
        spaced += (_apart(view, forms, term, known) if term in unknown else ()) or (term,)
    return list(dict.fromkeys(spaced))


def _apart(view: View, forms: Forms, term: str, known: Sequence[int]) -> tuple[str, ...]:
    """The parts of a term, () where another word is likelier or none can be told."""
    code = view.snapshot.terms.code
    runs = view.keep("runs", lambda: Runs(view.snapshot.static))
    parts, cost = runs.parts(term, lambda letter: forms.says_little(code(letter)))
    near = _speller(view).corrections(term, limit=1) if parts else []
    if near:
        groups = [tuple(code(part) for part in parts), (near[0].code,)]
        split, respelt = _meet(view, groups, known, forms)
        if near[0].cost - COMPANY * bool(respelt) < cost - COMPANY * bool(split):
            return ()
    return parts


def meant(view: View, forms: Forms, term: str, known: Sequence[int]) -> Meant | None:
    """Near words, likeliest first; None where there is none.

    known: codes of the query's other words. A near word that stands in books beside them is
    likelier, one of another language less likely.
    """
    near = _speller(view).corrections(term, limit=MOST_NEAR)
    if not near:
        return None
    together = _meet(view, [(each.code,) for each in near], known, forms)
    languages = {forms.language(code) for code in known} - {NONE}
    weighed = []
    for (word, code, edits, cost), meets in zip(near, together, strict=True):
        weight = ONE_EDIT if edits == 1 else TWO_EDITS
        if meets is False:
            weight /= 2
        foreign = bool(languages) and forms.language(code) not in languages | {NONE}
        weighed.append((cost - COMPANY * bool(meets) + FOREIGN * foreign, word, weight))
    weighed.sort()
    likely = [math.exp(min(50, -cost)) for cost, _, _ in weighed]
    sure = likely[0] >= SURE * (sum(likely) + math.exp(-UNKNOWN))
    return Meant(tuple((word, weight) for _, word, weight in weighed[:MOST_MEANT]), sure)


def _speller(view: View) -> Speller:
    return view.keep("speller", lambda: Speller(view.snapshot.static))


def _meet(
    view: View, groups: Sequence[tuple[int, ...]], known: Sequence[int], forms: Forms
) -> Sequence[bool | None]:
    """Of each group of terms, whether a book holds it and all known words; None for no words.

    Stop words are no company. Where no book holds all, one with the rarest will do.
    """
    company = _in_all(view, [code for code in known if not forms.says_little(code)])
    if company is None:
        return [None] * len(groups)
    held = [_held(view, group)[:MOST_COMPARED] for group in groups]
    # The rows of few are looked for among those of many.
    pairs = [(rows, company) if len(rows) < len(company) else (company, rows) for rows in held]
    return [bool(_within(few, many).any()) for few, many in pairs]


def _held(view: View, codes: Sequence[int]) -> NDArray[np.int32]:
    if len(codes) == 1:
        return view.snapshot.terms.postings(codes[0])
    rows = _in_all(view, codes)
    return np.zeros(0, np.int32) if rows is None else rows


def _in_all(view: View, codes: Sequence[int]) -> NDArray[np.int32] | None:
    """Books that hold all terms, or the rarest where none does; None for no terms."""
    rows = sorted(map(view.snapshot.terms.postings, codes), key=len)
    if not rows:
        return None
    found = rows[0]
    for other in rows[1:]:
        found = found[_within(found, other)]
    return found if len(found) else rows[0]


def _within(rows: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of the rows stand among the others, which ascend."""
    if not len(others):
        return np.zeros(len(rows), np.bool_)
    found: NDArray[np.bool_] = others.take(others.searchsorted(rows), mode="clip") == rows
    return found
