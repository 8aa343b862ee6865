"""Queries widened by synonyms: other words become alternatives of the words that were typed."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from core.search.rules import Meaning, Phrase
from core.search.snapshot import Word
from core.search.understanding import Understood, understand
from core.search.view import View

SYNONYM = 0.95
"""Weight of a synonym; the word itself weighs 1."""
MOST_CLAUSES = 8
MOST_ALTERNATIVES = 8


class Widened(Struct, frozen=True):
    """meanings: those that were applied, with the targets that the catalogue knows."""

    query: Understood
    meanings: tuple[Meaning, ...] = ()


def widen(
    view: View,
    q: str,
    terms: Sequence[str],
    meanings: Iterable[Meaning],
    *,
    fuzzy: bool,
    late: Callable[[], bool] = lambda: False,
) -> Widened:
    """Understand a query some phrases of which have synonyms.

    terms: of the query in their order. A phrase that the catalogue does not know is not corrected
    where a synonym of it is known.
    """
    applied = [known for meaning in meanings if (known := _known(view, meaning)).targets]
    foreign = {term for meaning in applied for term in _read(view, meaning.source).ignored}
    rest = " ".join(term for term in terms if term not in foreign) if foreign else q
    query = understand(view, rest, fuzzy=fuzzy, late=late)
    words = list(query.words)
    for meaning in applied:
        words = _replaced(view, words, meaning)
    code = view.snapshot.terms.code
    codes = tuple(tuple(code(term) for term, _ in word.alternatives) for word in words)
    return Widened(replace(query, words=tuple(words), codes=codes), tuple(applied))


def clauses(phrases: Sequence[tuple[Word, ...]]) -> list[Word]:
    """Words that a book holds all of exactly when it holds all of some phrase.

    phrases: the one that weighs most first. (a ∧ b) ∨ c is (a ∨ c) ∧ (b ∨ c): conjunctions are
    multiplied out, so that the engine needs no phrase of its own. Where that would give more than
    eight, the phrases are laid side by side, which lets in books that hold a part of each.
    """
    rows: Iterable[tuple[Word, ...]]
    if prod(map(len, phrases)) <= MOST_CLAUSES:
        rows = product(*phrases)
    else:
        longest = max(map(len, phrases))
        rows = zip(*([*p, *[p[-1]] * (longest - len(p))] for p in phrases), strict=True)
    return list(dict.fromkeys(map(_merged, rows)))


def _merged(words: tuple[Word, ...]) -> Word:
    """One word that any of these may stand for."""
    best: dict[str, float] = {}
    for term, weight in (pair for word in words for pair in word.alternatives):
        best[term] = max(weight, best.get(term, 0.0))
    heaviest = sorted(best.items(), key=lambda pair: -pair[1])[:MOST_ALTERNATIVES]
    return replace(words[0], alternatives=tuple(heaviest))


def _read(view: View, phrase: Phrase) -> Understood:
    """A phrase as the catalogue knows it, uncorrected."""
    text = " ".join(phrase)
    return view.keep(f"phrase {text}", lambda: understand(view, text, fuzzy=False))


def _known(view: View, meaning: Meaning) -> Meaning:
    """Without the targets that no book can hold."""
    kept = [
        (target, each)
        for target, each in zip(meaning.targets, meaning.sets, strict=True)
        if (read := _read(view, target)).words and not read.ignored
    ]
    return Meaning(
        meaning.source, tuple(target for target, _ in kept), tuple(each for _, each in kept)
    )


def _replaced(view: View, words: list[Word], meaning: Meaning) -> list[Word]:
    """The words of the phrase give way to its clauses, at the place of the first of them."""
    source = _read(view, meaning.source)
    own = {word.alternatives[0] for word in source.words}
    places = [i for i, word in enumerate(words) if word.alternatives[0] in own]
    kept = [word for word in words if word.alternatives[0] not in own]
    phrases = [tuple(map(_lighter, _read(view, target).words)) for target in meaning.targets]
    if source.words and not source.ignored:
        phrases.insert(0, source.words)
    place = min(places[0], len(kept)) if places else len(kept)
    kept[place:place] = clauses(phrases)
    return kept


def _lighter(word: Word) -> Word:
    return replace(
        word,
        alternatives=tuple((term, SYNONYM * weight) for term, weight in word.alternatives),
    )
