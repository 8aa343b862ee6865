"""What a store's staff tell search: synonyms, and rules that pin, bury or hide books."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Conflict, Fault, Invalid, NotFound, Stale
from core.kernel.text import fault_in, one_line
from core.search.analysis import terms_of
from core.search.request import LONGEST_QUERY

LONGEST_PHRASE = 100
MOST_PHRASE_WORDS = 6
MOST_PHRASES = 8
MOST_QUERY_WORDS = 24
LAST_PLACE = 100
"""Bounds of what staff may write; they bound what a query can grow to."""

Action = Literal["pin", "bury", "hide"]
QueryMatch = Literal["exact", "words"]
Phrase = tuple[str, ...]
Entry = TypeVar("Entry")


class RuleNotFound(NotFound): ...


class RuleChanged(Stale): ...


class DuplicateRule(Conflict): ...


class TooManyRules(Conflict): ...


class SynonymDraft(Struct, frozen=True, forbid_unknown_fields=True):
    """terms stand for one another; with targets, terms also find the targets and no more."""

    terms: tuple[str, ...]
    targets: tuple[str, ...] = ()


class SynonymSet(Struct, frozen=True, kw_only=True):
    id: UUID
    terms: tuple[str, ...]
    targets: tuple[str, ...] = ()
    version: int = 1
    created_at: datetime
    updated_at: datetime


class RuleDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """match: the whole query, or all the rule's words in any order among others.

    position: the place that a pin takes, from 1.
    """

    query: str
    match: QueryMatch = "exact"
    action: Action
    book_id: UUID
    position: int | None = None


class Rule(Struct, frozen=True, kw_only=True):
    id: UUID
    query: str
    match: QueryMatch = "exact"
    action: Action
    book_id: UUID
    position: int | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime


class RulePage(Struct, Generic[Entry], frozen=True):
    """entries: one page, newest first; count: of all pages."""

    entries: tuple[Entry, ...]
    count: int


class Meaning(Struct, frozen=True):
    """A phrase of a query and what else it may mean; sets run parallel to targets."""

    source: Phrase
    targets: tuple[Phrase, ...]
    sets: tuple[UUID, ...]


class RuleBook:
    """A store's synonyms and rules, ready to be looked up; false when there are none.

    version: grows with every change. A query that nothing was written for costs a look-up a word.
    """

    def __init__(
        self, synonyms: Iterable[SynonymSet] = (), rules: Iterable[Rule] = (), version: int = 0
    ) -> None:
        self.version = version
        self._synonyms, self._rules = tuple(synonyms), tuple(rules)
        self._exact: dict[Phrase, list[Rule]] = {}
        self._words: dict[str, list[tuple[frozenset[str], Rule]]] = {}
        self._meanings: dict[str, list[Meaning]] = {}
        for rule in self._rules:
            self._file(rule)
        for meaning in sorted(_meanings(self._synonyms), key=lambda meaning: -len(meaning.source)):
            self._meanings.setdefault(meaning.source[0], []).append(meaning)
        self._some = bool(self._exact or self._words or self._meanings)

    def __bool__(self) -> bool:
        return self._some

    def without(self, ids: Collection[str]) -> "RuleBook":
        """The same but for these rules."""
        kept = (rule for rule in self._rules if str(rule.id) not in ids)
        return RuleBook(self._synonyms, kept, self.version)

    def rules_for(self, terms: Sequence[str]) -> list[Rule]:
        """The rules that a query of these terms meets."""
        met = list(self._exact.get(tuple(terms), ()))
        if self._words and not self._words.keys().isdisjoint(terms):
            held = frozenset(terms)
            for term in held:
                for words, rule in self._words.get(term, ()):
                    if words <= held:
                        met.append(rule)
        return met

    def meanings_in(self, terms: Sequence[str]) -> list[Meaning]:
        """Phrases of the query that have synonyms, the longest from the left, none twice."""
        found: list[Meaning] = []
        if self._meanings.keys().isdisjoint(terms):
            return found
        place = 0
        while place < len(terms):
            for meaning in self._meanings.get(terms[place], ()):
                if tuple(terms[place : place + len(meaning.source)]) == meaning.source:
                    if meaning not in found:
                        found.append(meaning)
                    place += len(meaning.source) - 1
                    break
            place += 1
        return found

    def _file(self, rule: Rule) -> None:
        terms = terms_of(rule.query)
        if rule.match == "exact":
            self._exact.setdefault(tuple(terms), []).append(rule)
        elif terms:
            # Under its longest word: the one least likely to stand in other queries.
            under = max(terms, key=len)
            self._words.setdefault(under, []).append((frozenset(terms), rule))


def query_key(query: str, match: QueryMatch) -> str:
    """What two rules must not share for one book: the query as search reads it."""
    terms = terms_of(query)
    return " ".join(terms if match == "exact" else sorted(set(terms)))


def accepted_synonyms(draft: SynonymDraft) -> SynonymDraft:
    """The draft as it will be stored. Raises Invalid with a fault for each phrase."""
    faults: list[Fault] = []
    terms = _phrases("/terms", draft.terms, faults)
    targets = _phrases("/targets", draft.targets, faults)
    fewest = 1 if draft.targets else 2
    if len(draft.terms) < fewest:
        faults.append(Fault("/terms", f"needs {fewest} or more phrases"))
    told: set[Phrase] = set()
    for place, phrase in [
        *((f"/terms/{i}", term) for i, term in enumerate(terms)),
        *((f"/targets/{i}", target) for i, target in enumerate(targets)),
    ]:
        read = tuple(terms_of(phrase))
        if read and read in told:
            faults.append(Fault(place, f"{phrase!r} reads like another phrase of the set"))
        told.add(read)
    _refuse("the synonyms", faults)
    return SynonymDraft(terms, targets)


def accepted_rule(draft: RuleDraft) -> RuleDraft:
    """The draft as it will be stored. Raises Invalid."""
    faults: list[Fault] = []
    query = one_line(draft.query)
    if fault := fault_in(query, longest=LONGEST_QUERY):
        faults.append(Fault("/query", fault))
    elif not 1 <= len(terms_of(query)) <= MOST_QUERY_WORDS:
        faults.append(Fault("/query", f"needs 1 to {MOST_QUERY_WORDS} words"))
    if draft.action == "pin" and not 1 <= (draft.position or 0) <= LAST_PLACE:
        faults.append(Fault("/position", f"a pin needs a place, 1 to {LAST_PLACE}"))
    if draft.action != "pin" and draft.position is not None:
        faults.append(Fault("/position", "only a pin has a place"))
    _refuse("the rule", faults)
    return RuleDraft(
        query=query,
        match=draft.match,
        action=draft.action,
        book_id=draft.book_id,
        position=draft.position,
    )


def _phrases(place: str, phrases: tuple[str, ...], faults: list[Fault]) -> tuple[str, ...]:
    if len(phrases) > MOST_PHRASES:
        faults.append(Fault(place, f"may have {MOST_PHRASES} phrases"))
    tidy = tuple(one_line(phrase) for phrase in phrases[:MOST_PHRASES])
    for i, phrase in enumerate(tidy):
        if fault := fault_in(phrase, longest=LONGEST_PHRASE):
            faults.append(Fault(f"{place}/{i}", fault))
        elif not 1 <= len(terms_of(phrase)) <= MOST_PHRASE_WORDS:
            faults.append(Fault(f"{place}/{i}", f"needs 1 to {MOST_PHRASE_WORDS} words"))
    return tidy


def _refuse(what: str, faults: list[Fault]) -> None:
    if faults:
        named = ", ".join(fault.pointer for fault in faults)
        raise Invalid(f"cannot keep {what}: see {named}", faults=tuple(faults))


def _read(phrases: Iterable[str]) -> list[Phrase]:
    return [tuple(terms_of(phrase)) for phrase in phrases]


def _meanings(synonyms: Iterable[SynonymSet]) -> Iterator[Meaning]:
    """For each phrase, all it may mean by any set, the oldest set first."""
    found: dict[Phrase, dict[Phrase, UUID]] = {}
    for each in synonyms:
        terms, targets = _read(each.terms), _read(each.targets)
        for term in terms:
            others = targets or [other for other in terms if other != term]
            for other in others:
                found.setdefault(term, {}).setdefault(other, each.id)
    for source, meant in found.items():
        kept = dict(list(meant.items())[: MOST_PHRASES - 1])
        yield Meaning(source, tuple(kept), tuple(kept.values()))


NO_RULES = RuleBook()
