"""What a query means: its words, the terms that may stand for each, what was misspelt."""

import math
import re
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from core.catalogue.isbn import looks_like_isbn
from core.search.analysis import terms_of
from core.search.columns import NONE
from core.search.correcting import meant, respaced
from core.search.forms import SHORTEST, Forms
from core.search.snapshot import Word
from core.search.view import View

MOST_WORDS = 48
"""Words of a query that are looked at: bounds the clauses that the engine sees."""
FORM = 0.5
"""Weight of another form of the word."""
MOST_FORMS = 5
ASIDE = 0.5
"""What a word behind a colon or in brackets counts for."""

LONG = 7
"""Words of a question from which on it describes a book rather than names it."""
RARITY = 0.5
"""The power of a word's worth that it is weighed by in a long question."""

MOST_REMEMBERED = 4_096
"""Words whose forms are kept for the next query."""

Alternatives = tuple[tuple[str, float], ...]
"""Terms and their weights, the heaviest first."""

_NONE_ASIDE: frozenset[str] = frozenset()
_BRACKETS = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")


class Understood(Struct, frozen=True):
    """words and codes run in parallel: what to score with, and the same terms as codes.

    small: stop words, which no book needs to hold, as (code, whether it stands in the title
    proper); they tell titles apart. ignored: words the catalogue does not know and nothing known
    is near to; they do not count. did_you_mean: the query with the corrections in place that are
    sure, "" for none.
    isbn: thirteen digits when the query is an ISBN, else "". typed: the query as it was asked.
    """

    words: tuple[Word, ...]
    codes: tuple[tuple[int, ...], ...]
    small: tuple[tuple[int, bool], ...] = ()
    ignored: tuple[str, ...] = ()
    did_you_mean: str = ""
    isbn: str = ""
    typed: str = ""


def understand(
    view: View, q: str, *, fuzzy: bool, late: Callable[[], bool] = lambda: False
) -> Understood:
    """Analyse a query against the index's own dictionary. late: no word is corrected any more."""
    terms = view.snapshot.terms
    if isbn := looks_like_isbn(q) or "":
        code = terms.code(isbn)
        if code != NONE:
            return Understood((Word(((isbn, 1.0),)),), ((code,),), isbn=isbn)
    typed = list(dict.fromkeys(terms_of(q)))[:MOST_WORDS]
    proper = title_proper(q)
    if not isbn and proper is q and (found := _plain(view, typed, q)) is not None:
        return found
    aside = _NONE_ASIDE if proper is q else frozenset(typed).difference(terms_of(proper))
    read = _read(view, q, typed, aside, fuzzy=fuzzy, late=late)
    return replace(read, isbn=isbn) if isbn else read


def _read(
    view: View,
    q: str,
    typed: list[str],
    aside: frozenset[str],
    *,
    fuzzy: bool,
    late: Callable[[], bool],
) -> Understood:
    """aside: terms that stand behind the title proper alone."""
    terms = view.snapshot.terms
    forms = view.keep("forms", lambda: Forms(view.snapshot.static))
    codes, kin = _looked_up(view, forms, typed, aside, lambda: fuzzy and not late())
    told: dict[str, str] = {}
    small = [term for term, code in codes.items() if forms.says_little(code)]
    if len(small) == len(codes):
        small = []
    known = [code for code in codes.values() if code != NONE]
    words: dict[str, Word] = {}
    for term, code in codes.items():
        if term in small:
            continue
        if code != NONE:
            words[term] = _known(view, forms, term, code, term in aside)
        elif alternatives := kin.get(term):
            words[term] = _unknown(view, alternatives, term in aside)
        elif fuzzy and not late() and (near := meant(view, forms, term, known)):
            words[term] = _unknown(view, near.alternatives, term in aside)
            if near.sure:
                told[term] = near.alternatives[0][0]
    probable = [told.get(term, term) for term in codes]
    known_by = tuple(
        tuple(terms.code(term) for term, _ in word.alternatives) for word in words.values()
    )
    if not aside:
        _remember(view, forms, codes, words, known_by)
    return Understood(
        words=weighed(tuple(words.values())),
        codes=known_by,
        small=tuple((codes[term], term not in aside) for term in small),
        ignored=tuple(term for term in codes if term not in words and term not in small),
        did_you_mean=" ".join(probable) if probable != typed else "",
        typed=q,
    )


def _plain(view: View, typed: list[str], q: str) -> Understood | None:
    """The query where every word of it has been met before and says what it says by itself."""
    met: dict[str, tuple[Word, tuple[int, ...]]] = view.keep("plain words", dict)
    try:
        read = [met[term] for term in typed]
    except KeyError:
        return None
    words = tuple([word for word, _ in read])
    if len(words) >= LONG:
        words = weighed(words)
    return Understood(words, tuple([codes for _, codes in read]), typed=q)


def weighed(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """In a long question a word that many books hold counts less than it does in a short one."""
    if len(words) < LONG:
        return words
    worths = [word.worth if word.proper else word.worth / ASIDE for word in words]
    most = max(worths) or 1.0
    return tuple(
        replace(word, boost=word.boost * (worth / most) ** RARITY)
        for word, worth in zip(words, worths, strict=True)
    )


def _looked_up(
    view: View, forms: Forms, typed: list[str], aside: frozenset[str], mend: Callable[[], bool]
) -> tuple[dict[str, int], dict[str, Alternatives]]:
    """Each term's code, and known forms of those that have none.

    mend: whether to put spaces right: the terms may then be others than were typed.
    """
    code = view.snapshot.terms.code
    codes = {term: code(term) for term in typed}
    if NONE not in codes.values():
        return codes, {}
    kin = {term: _kin(view, forms, term) for term in typed if codes[term] == NONE}
    # What stands aside is pasted, not typed: its spaces are right.
    strange = frozenset(term for term, found in kin.items() if not found and term not in aside)
    if strange and mend():
        codes = {term: code(term) for term in respaced(view, forms, typed, strange)}
    return codes, kin


def title_proper(q: str) -> str:
    """What stands before a colon and outside brackets; all of it where that is nothing.

    Cataloguers put subtitles, series and genres behind (ISBD): people paste them along.
    """
    if ":" not in q and "(" not in q and "[" not in q:
        return q
    proper = _BRACKETS.sub(" ", q).partition(":")[0]
    return proper if terms_of(proper) else q


def _remember(
    view: View,
    forms: Forms,
    codes: dict[str, int],
    words: dict[str, Word],
    known_by: tuple[tuple[int, ...], ...],
) -> None:
    """Keep what `_plain` reads: words that are known and no stop words."""
    met: dict[str, tuple[Word, tuple[int, ...]]] = view.keep("plain words", dict)
    if len(met) >= MOST_REMEMBERED:
        met.clear()
    for (term, word), alternatives in zip(words.items(), known_by, strict=True):
        if codes[term] != NONE and not forms.says_little(codes[term]):
            met[term] = word, alternatives


def _known(view: View, forms: Forms, term: str, code: int, aside: bool) -> Word:
    """The word itself, then its other forms; remembered as long as the view is."""
    remembered: dict[tuple[str, bool], Word] = view.keep("words with forms", dict)
    word = remembered.get((term, aside))
    if word is None:
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
        word = remembered[term, aside] = _with_forms(view, forms, term, code, aside)
    return word


def _with_forms(view: View, forms: Forms, term: str, code: int, aside: bool) -> Word:
    """The word itself, then its other forms, each scored as rare as all of them are together."""
    terms, rows = view.snapshot.terms, view.snapshot.rows
    held = terms.frequency(code)
    group = forms.of(code)
    if not group:
        return Word(((term, 1.0),), worth_of(held, rows, aside), proper=not aside)
    others = [other for other in group[: MOST_FORMS + 1] if other != code]
    holders = [terms.frequency(other) for other in others]
    together = min(rows, held + sum(holders))
    rare = _idf(together, rows)
    boost = rare / _idf(held, rows)
    alternatives = [
        (terms.name(other), FORM * rare / _idf(number, rows) / boost)
        for other, number in zip(others, holders, strict=True)
    ]
    return Word(((term, 1.0), *alternatives), worth_of(together, rows, aside), boost, not aside)


def _kin(view: View, forms: Forms, term: str) -> Alternatives:
    """Known forms of a word that is not known itself."""
    if len(term) < SHORTEST or not term.isalpha():
        return ()
    stem = view.snapshot.text.stem
    group = forms.of_stems([(language, stem(term, language)) for language in forms.languages])
    return tuple(_forms(view, group)) if group else ()


def _forms(view: View, codes: list[int]) -> list[tuple[str, float]]:
    terms, rows = view.snapshot.terms, view.snapshot.rows
    codes = codes[:MOST_FORMS]
    holders = [terms.frequency(code) for code in codes]
    rare = _idf(min(rows, sum(holders)), rows)
    return [
        (terms.name(code), FORM * rare / _idf(number, rows))
        for code, number in zip(codes, holders, strict=True)
    ]


def _idf(holders: int, rows: int) -> float:
    """As BM25 has it. Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework",
    2009, with 1 added so that it stays above 0."""
    return math.log(1 + (rows - holders + 0.5) / (holders + 0.5))


def worth_of(holders: int, rows: int, aside: bool) -> float:
    """A word that few books hold says more; one behind the title proper says half as much."""
    return _idf(min(holders, rows), rows) / _idf(0, rows) * (ASIDE if aside else 1.0)


def _unknown(view: View, alternatives: Alternatives, aside: bool) -> Word:
    terms, rows = view.snapshot.terms, view.snapshot.rows
    held = max(terms.frequency(terms.code(term)) for term, _ in alternatives)
    return Word(alternatives, worth_of(held, rows, aside), proper=not aside)
