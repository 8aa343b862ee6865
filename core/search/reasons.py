"""Why a book stands where it stands, in plain sentences."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from core.search.analysis import name_terms, terms_of
from core.search.cards import draw
from core.search.ranking import Ranked, titles_of
from core.search.rules import Meaning, Rule
from core.search.snapshot import Word
from core.search.spelling import distance
from core.search.understanding import Understood
from core.search.view import View


class Named(Struct, frozen=True):
    name: str


class Told(Struct, frozen=True):
    """Those fields of a book's JSON that sentences speak of."""

    title: str
    average_rating: float = 0.0
    review_count: int = 0
    subtitle: str | None = None
    description: str | None = None
    authors: tuple[Named, ...] = ()
    categories: tuple[Named, ...] = ()
    series: Named | None = None
    publisher: Named | None = None
    isbn: str | None = None


told_of = msgspec.json.Decoder(Told).decode


def because(
    view: View,
    ranked: Ranked,
    place: int,
    *,
    q: str,
    query: Understood,
    meanings: Sequence[Meaning],
    rule: Rule | None,
) -> list[str]:
    """What made the score of the book at this place of the ranked ones, and its place."""
    key = int(ranked.keys[place])
    book = told_of(view.snapshot.detail_json(key))
    sentences = [] if rule is None else [of_rule(rule)]
    sentences += of_words(q, query, meanings, book)
    one = ranked.keys[place : place + 1]
    titles = titles_of(view, query, one, draw(view.snapshot.columns.card, one))
    if shared := int(titles.shared[0]):
        size = int(titles.size[0])
        whole = "The query holds the whole title."
        part = f"The query holds {shared} of the title's {size} words."
        sentences.append(whole if shared >= size else part)
    if ranked.weights.popularity:
        sentences.append(of_popularity(book, float(ranked.popularity[place])))
    if ranked.weights.taste:
        liked = float(ranked.taste[place])
        sentences.append(f"Its categories suit the reader's taste by {liked:.2f} of 1.")
    return sentences


def of_words(q: str, query: Understood, meanings: Sequence[Meaning], book: Told) -> list[str]:
    """A sentence for each word of the query: where it stands, by which of its alternatives."""
    fields = {name: frozenset(terms) for name, terms in _fields(book)}
    reader = _Reader(q, query, meanings)
    sentences = [sentence for word in query.words for sentence in _of_word(word, fields, reader)]
    sentences += [f"“{term}” is in no book here and was set aside." for term in query.ignored]
    return list(dict.fromkeys(sentences))


def of_rule(rule: Rule) -> str:
    said = {
        "pin": f"pins it to place {rule.position}",
        "bury": "puts it behind all others",
        "hide": "hides it",
    }
    kind = "the query" if rule.match == "exact" else "queries with the words"
    return f"A rule for {kind} “{rule.query}” {said[rule.action]}."


def of_popularity(book: Told, popularity: float) -> str:
    if not book.review_count:
        return f"Nobody has rated it yet: its popularity is {popularity:.2f} of 1."
    readers = "one rating" if book.review_count == 1 else f"{book.review_count:,} ratings"
    return (
        f"{book.average_rating:g} stars from {readers} make a popularity of {popularity:.2f} of 1."
    )


class _Reader:
    """Tells of an alternative what it is to what was typed."""

    def __init__(self, q: str, query: Understood, meanings: Sequence[Meaning]) -> None:
        self.typed = list(dict.fromkeys(terms_of(q)))
        self.synonyms = {
            term: " ".join(meaning.source)
            for meaning in meanings
            for target in meaning.targets
            for term in target
        }
        known = {term for word in query.words for term, _ in word.alternatives}
        meant = {term for meaning in meanings for term in meaning.source}
        self.misspelt = [
            term
            for term in self.typed
            if term not in known and term not in meant and term not in query.ignored
        ]

    def link(self, term: str, word: Word) -> str:
        """ "" for what was typed, else what it is, as "a synonym of “tv”"."""
        if term in self.typed:
            return ""
        exact = next((other for other, _ in word.alternatives if other in self.typed), "")
        if term in self.synonyms:
            return f"a synonym of “{self.synonyms[term]}”"
        if exact:
            return f"a form of “{exact}”"
        near = min(self.misspelt, key=lambda typed: distance(typed, term), default="")
        return f"read for “{near}”" if near else ""


def _of_word(word: Word, fields: dict[str, frozenset[str]], reader: _Reader) -> Iterator[str]:
    found = False
    for term, _ in word.alternatives:
        places = [name for name, terms in fields.items() if term in terms]
        if places:
            found = True
            link = reader.link(term, word)
            told = f"“{term}”, {link}," if link else f"“{term}”"
            yield f"{told} stands in {_listed(places)}."
    if not found:
        yield f"“{word.alternatives[0][0]}” stands nowhere in it."


def _fields(book: Told) -> Iterator[tuple[str, Iterable[str]]]:
    yield "the title", terms_of(f"{book.title} {book.subtitle or ''}")
    yield "an author's name", [term for who in book.authors for term in name_terms(who.name)]
    yield "the series", terms_of(book.series.name) if book.series else ()
    yield "a category", [term for named in book.categories for term in terms_of(named.name)]
    yield "the publisher's name", terms_of(book.publisher.name) if book.publisher else ()
    yield "the description", terms_of(book.description or "")
    yield "the ISBN", (book.isbn.lower(),) if book.isbn else ()


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
