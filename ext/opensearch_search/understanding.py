"""What a query means, asked of the cluster's dictionary: `core.search.understanding` over HTTP."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from core.catalogue.isbn import looks_like_isbn
from core.search.analysis import terms_of
from core.search.correcting import ONE_EDIT, TWO_EDITS
from core.search.forms import LANGUAGES, Stem
from core.search.snapshot import Word
from core.search.spelling import distance
from core.search.stopwords import STOP_WORDS
from core.search.understanding import FORM, MOST_WORDS, title_proper, weighed, worth_of
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.documents import stem_terms, stemmed_language

MOST_NEAR = 4
"""Corrections of one word; of long queries two, for servers allow 1,024 clauses in all."""
LONG_QUERY = 12


class Meant(Struct, frozen=True):
    """One word to look for. stem: as "en:run", "" for a word of one form."""

    word: Word
    stem: str = ""


class Understanding(Struct, frozen=True):
    """As `core.search.understanding.Understood`, without codes: they belong to a window.

    rows: living books of the index.
    """

    meant: tuple[Meant, ...] = ()
    small: tuple[tuple[str, bool], ...] = ()
    ignored: tuple[str, ...] = ()
    did_you_mean: str = ""
    isbn: str = ""
    rows: int = 0


async def understand(
    cluster: Cluster, alias: str, q: str, *, fuzzy: bool, stem: Stem
) -> Understanding:
    """One question to the cluster: how many books hold each word, and what is near to it."""
    isbn = looks_like_isbn(q) or ""
    typed = list(dict.fromkeys(terms_of(q)))[:MOST_WORDS]
    asked = [*typed, isbn] if isbn else typed
    if not asked:
        return Understanding()
    stems = {term: _stems(term, stem) for term in typed}
    answer = await cluster.ask("POST", f"/{alias}/_search", _question(asked, stems, fuzzy))
    return _read(q, typed, isbn, stems, answer)


def _stems(term: str, stem: Stem) -> dict[str, str]:
    """By language."""
    found = {language: stem_terms([term], language, stem) for language in LANGUAGES}
    return {language: stemmed[0] for language, stemmed in found.items() if stemmed}


def _question(
    terms: Sequence[str], stems: dict[str, dict[str, str]], fuzzy: bool
) -> dict[str, Any]:
    forms = sorted({each for by_language in stems.values() for each in by_language.values()})
    aggregations: dict[str, Any] = {
        "spoken": {"terms": {"field": "language", "size": 1}},
        "terms": {
            "filters": {"filters": {term: {"term": {"all": term}} for term in terms}},
            "aggs": {"languages": {"terms": {"field": "language", "size": 20, "missing": ""}}},
        },
    }
    if forms:
        aggregations["stems"] = {
            "filters": {"filters": {form: {"term": {"stems": form}} for form in forms}}
        }
    question: dict[str, Any] = {
        "size": 0,
        "track_total_hits": True,
        "query": {"term": {"kind": "book"}},
        "aggs": aggregations,
    }
    suggesters = {
        f"edits{edits}": {"text": " ".join(words), "term": _near(edits)}
        for edits, words in (
            (1, [term for term in terms if 3 <= len(term) < 6]),
            (2, [term for term in terms if len(term) >= 6]),
        )
        if words
    }
    if fuzzy and suggesters:
        question["suggest"] = suggesters
    return question


def _near(edits: int) -> dict[str, Any]:
    return {
        "field": "all",
        "size": 8,
        "suggest_mode": "missing",
        "max_edits": edits,
        "prefix_length": 0,
        "min_word_length": 3,
        "max_inspections": 20,
        "string_distance": "damerau_levenshtein",
        "sort": "score",
    }


def _read(
    q: str, typed: list[str], isbn: str, stems: dict[str, dict[str, str]], answer: dict[str, Any]
) -> Understanding:
    rows = int(answer["hits"]["total"]["value"])
    found = answer["aggregations"]
    held = {term: bucket["doc_count"] for term, bucket in found["terms"]["buckets"].items()}
    if isbn and held[isbn]:
        return Understanding((Meant(Word(((isbn, 1.0),))),), isbn=isbn, rows=rows)
    spoken = next((bucket["key"] for bucket in found["spoken"]["buckets"]), "")
    languages = {
        term: _language(bucket["languages"]["buckets"], spoken)
        for term, bucket in found["terms"]["buckets"].items()
    }
    formed = {
        form: bucket["doc_count"]
        for form, bucket in found.get("stems", {"buckets": {}})["buckets"].items()
    }
    near = _corrections(answer.get("suggest", {}))
    proper = title_proper(q)
    aside = frozenset(typed).difference(terms_of(proper)) if proper != q else frozenset()
    small = [term for term in typed if held[term] and term in STOP_WORDS.get(languages[term], ())]
    if len(small) == len(typed):
        small = []
    most = MOST_NEAR if len(typed) <= LONG_QUERY else 2
    words: dict[str, Meant] = {}
    told: dict[str, str] = {}
    for term in typed:
        if term in small:
            continue
        away = term in aside
        form = stems[term].get(languages[term], "") if held[term] else _kin(stems[term], formed)
        if held[term]:
            # A stem that no other word shares finds nothing more than the word.
            shared = form if formed.get(form, 0) > held[term] else ""
            worth = worth_of(formed.get(shared, held[term]), rows, away)
            words[term] = Meant(Word(((term, 1.0),), worth, proper=not away), shared)
        elif form:
            worth = worth_of(formed[form], rows, away)
            words[term] = Meant(Word(((term, FORM),), worth, proper=not away), form)
        elif alternatives := near.get(term, [])[:most]:
            best = alternatives[0]
            worth = worth_of(best[2], rows, away)
            weights = tuple((word, weight) for word, weight, _ in alternatives)
            words[term] = Meant(Word(weights, worth, proper=not away))
            told[term] = best[0]
    asked = weighed(tuple(meant.word for meant in words.values()))
    return Understanding(
        meant=tuple(
            Meant(word, meant.stem) for word, meant in zip(asked, words.values(), strict=True)
        ),
        small=tuple((term, term not in aside) for term in small),
        ignored=tuple(term for term in typed if term not in words and term not in small),
        did_you_mean=" ".join(told.get(term, term) for term in typed) if told else "",
        isbn=isbn,
        rows=rows,
    )


def _language(buckets: list[dict[str, Any]], spoken: str) -> str:
    """The stemmed language that most of a term's books are in; books that tell none speak the
    store's commonest."""
    votes: dict[str, int] = {}
    for bucket in buckets:
        language = stemmed_language(bucket["key"] or None, spoken)
        votes[language] = votes.get(language, 0) + bucket["doc_count"]
    return max(votes, key=lambda language: votes[language]) if votes else ""


def _kin(by_language: dict[str, str], formed: dict[str, int]) -> str:
    """The stem, of whatever language, that most books hold; "" where none does."""
    known = [form for form in by_language.values() if formed.get(form)]
    return max(known, key=lambda form: formed[form], default="")


def _corrections(suggested: dict[str, Any]) -> dict[str, list[tuple[str, float, int]]]:
    """By unknown word: near words with their weight and holders, the nearest first, then the
    most frequent."""
    found: dict[str, list[tuple[str, float, int]]] = {}
    for entries in suggested.values():
        for entry in entries:
            ranked = sorted(
                (distance(entry["text"], option["text"]), -option["freq"], option["text"])
                for option in entry["options"]
            )
            if ranked:
                found[entry["text"]] = [
                    (word, ONE_EDIT if edits == 1 else TWO_EDITS, -minus)
                    for edits, minus, word in ranked
                ]
    return found
