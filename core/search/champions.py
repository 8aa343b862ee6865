"""Champion lists: the best books of a word, kept for the next query that holds it.

Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, §7.1.3. Here
they lose nothing: they stand in for the engine only where the answer is the same.
"""

import numpy as np

from core.search.snapshot import Scored, Word
from core.search.view import View

REACH = 72
"""How many of the best of one word, or of two, are told for sure."""
FEW = 10
"""Books of both words are fewer than this where two lists are laid together."""
MOST_LISTS = 4_096
"""Words whose list is kept as long as the snapshot: about a kilobyte each."""

FIRST, SECOND, BOTH = 1, 2, 3


def of_word(view: View, word: Word, limit: int) -> Scored:
    """The best books of the word, at most REACH of them, and how many hold it in all."""
    keys, scores, total, _ = _listed(view, word)
    return Scored(keys[:limit], scores[:limit], total)


def of_either(view: View, first: Word, second: Word, both: Scored, limit: int) -> Scored:
    """The best books of those that hold one of the words, as the engine would score them.

    both: every book that holds both, fewer than FEW. Whoever holds one word alone scores what the
    word's own list says; a list may name a book of both, which is why it reaches further.
    """
    one, other = _listed(view, first), _listed(view, second)
    keys = np.concatenate((both.keys, one.keys, other.keys))
    scores = np.concatenate((both.scores, one.scores, other.scores))
    held = np.repeat(_HELD, (len(both.keys), len(one.keys), len(other.keys)))
    if len(both.keys):
        twice = (keys[:, None] == both.keys).any(axis=1)
        twice[: len(both.keys)] = False
        scores[twice] = -1.0
    order = np.lexsort((keys, -scores))
    total = one.total + other.total - both.total
    order = order[: min(limit, total)]
    return Scored(keys[order], scores[order], total, held[order])


def _listed(view: View, word: Word) -> Scored:
    kept: dict[Word, Scored] = view.keep("champions", dict)
    scored = kept.get(word)
    if scored is None:
        if len(kept) >= MOST_LISTS:
            kept.clear()
        scored = kept[word] = view.snapshot.text.top((word,), minimum=1, limit=REACH + FEW)
    return scored


_HELD = np.array([BOTH, FIRST, SECOND], np.int8)
