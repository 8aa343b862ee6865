"""What a query means: its words, the terms that may stand for each, what was misspelt."""

from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.catalogue.isbn import looks_like_isbn
from core.search.analysis import terms_of
from core.search.columns import NONE
from core.search.snapshot import Word
from core.search.spelling import Speller
from core.search.view import View

MOST_WORDS = 24
"""Words of a query that are looked at: bounds the clauses that the engine sees."""
ONE_EDIT, TWO_EDITS = 0.7, 0.5
"""Weights of a correction by its edits; an exact word weighs 1."""


class Understood(Struct, frozen=True):
    """words and codes run in parallel: what to score with, and the same terms as codes.

    ignored: words the catalogue does not know and nothing known is near to; they do not count.
    did_you_mean: the query with its corrections in place, "" when nothing was corrected.
    isbn: thirteen digits when the query is an ISBN, else "".
    """

    words: tuple[Word, ...]
    codes: tuple[tuple[int, ...], ...]
    ignored: tuple[str, ...] = ()
    did_you_mean: str = ""
    isbn: str = ""


def understand(
    view: View, q: str, *, fuzzy: bool, late: Callable[[], bool] = lambda: False
) -> Understood:
    """Analyse a query against the index's own dictionary. late: no word is corrected any more."""
    if isbn := looks_like_isbn(q) or "":
        code = view.snapshot.terms.code(isbn)
        if code != NONE:
            return Understood((Word(((isbn, 1.0),)),), ((code,),), isbn=isbn)
    typed = list(dict.fromkeys(terms_of(q)))[:MOST_WORDS]
    codes = {term: view.snapshot.terms.code(term) for term in typed}
    known = [code for code in codes.values() if code != NONE]
    spelt: dict[str, tuple[tuple[str, float], ...]] = {}
    for term, code in codes.items():
        if code != NONE:
            spelt[term] = ((term, 1.0),)
        elif fuzzy and not late() and (near := _corrections(view, term, known)):
            spelt[term] = near
    words = tuple(Word(alternatives) for alternatives in spelt.values())
    return Understood(
        words=words,
        codes=tuple(
            tuple(view.snapshot.terms.code(term) for term, _ in word.alternatives) for word in words
        ),
        ignored=tuple(term for term in typed if term not in spelt),
        did_you_mean=_suggestion(typed, codes, spelt),
        isbn=isbn,
    )


def _corrections(view: View, term: str, known: list[int]) -> tuple[tuple[str, float], ...]:
    """Near words, those first that stand in books together with the query's other words."""
    speller = view.keep("speller", lambda: Speller(view.snapshot.static))
    near = speller.corrections(term, limit=8)
    if not near:
        return ()
    company = _together(view, known) if known else None
    weighed = []
    for rank, (word, edits, _) in enumerate(near):
        code = view.snapshot.terms.code(word)
        if code == NONE:
            continue
        shared = 0
        if company is not None:
            shared = int(np.count_nonzero(company[view.snapshot.terms.postings(code)]))
        weight = ONE_EDIT if edits == 1 else TWO_EDITS
        # A near word that never stands beside the others counts for half.
        weighed.append((-shared, rank, word, weight if shared or company is None else weight / 2))
    weighed.sort()
    return tuple((word, weight) for _, _, word, weight in weighed[:4])


def _together(view: View, known: list[int]) -> NDArray[np.bool_]:
    """Books that hold every known word, or any where none holds all; (rows,) bool."""
    counts = np.zeros(view.snapshot.rows, np.uint8)
    for code in known:
        counts[view.snapshot.terms.postings(code)] += 1
    full: NDArray[np.bool_] = counts == len(known)
    return full if full.any() else counts > 0


def _suggestion(
    typed: list[str], codes: dict[str, int], spelt: dict[str, tuple[tuple[str, float], ...]]
) -> str:
    if not any(codes[term] == NONE and term in spelt for term in typed):
        return ""
    return " ".join(spelt[term][0][0] if term in spelt else term for term in typed)
