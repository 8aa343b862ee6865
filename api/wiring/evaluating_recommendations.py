"""What `bookwheel evaluate recommendations` needs: acts and texts from files, and every ranker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.importing.books import ImportedBook
from core.recommendations.als import als
from core.recommendations.baselines import (
    LARGEST_INVERSE,
    Scores,
    blended_with_content,
    ease,
    rp3beta,
    score_ranker,
    user_neighbours,
)
from core.recommendations.comparison import Compared, Reader, compare, readers_of
from core.recommendations.content import BookText, content_neighbours
from core.recommendations.cooccurrence import Cooccurrence, count_together
from core.recommendations.evaluation import Ranker, scramble
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.nearest import item_neighbours
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import WINDOW_DAYS, trending
from core.recommendations.rankers import among, crowd_ranker, item_ranker, voices_ranker
from core.recommendations.ridge import local_ridge
from core.recommendations.slim import slim
from core.recommendations.splits import split
from core.recommendations.training import Corpus, TrainingSettings, train
from core.recommendations.voices import Voices
from ext.polars_import.catalogue_file import open_catalogue
from ext.polars_training.interaction_file import InteractionFile, read_interaction_file

NEAREST = 600
Progress = Callable[[str], Callable[[int, int], None]]


class Protocol(Struct, frozen=True, kw_only=True):
    """How to split, whom to ask and what counts as liked; see `bookwheel evaluate --help`."""

    interactions: Path
    items: Path | None = None
    mapping: str = ""
    split: str = "reader-time"
    like: float = 4.0
    history: str = ""
    target: str = ""
    readers: int = 5_000
    seed: int = 0
    only: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    protocol: Protocol
    books: int
    interactions: int
    models: tuple[Compared, ...]


class Divided(NamedTuple):
    """A file under a protocol. held_out: (n,) bool of its acts; seen: the others."""

    file: InteractionFile
    held_out: NDArray[np.bool_]
    seen: Interactions
    readers: list[Reader]


def divide(protocol: Protocol) -> Divided:
    """What may be learnt from, and the readers who are asked. Raises BadInteractions."""
    file = read_interaction_file(
        protocol.interactions, history=protocol.history, target=protocol.target
    )
    held_out = _held_out(file, protocol)
    liked = ~(file.values < protocol.like)
    new = protocol.split == "new-books"
    readers = readers_of(file.acts, held_out, liked, protocol.readers, unread=new)
    return Divided(file, held_out, file.acts.where(~held_out), readers)


def evaluate(protocol: Protocol, progress: Progress) -> Report:
    """Every method on the same readers. Raises BadInteractions and as `open_catalogue`."""
    file, held_out, seen, readers = divide(protocol)
    popularity = np.bincount(seen.book, minlength=len(file.books))
    texts = texts_of(protocol, file.books, progress("reading items"))
    models = tuple(
        compare(
            name,
            make(),
            readers,
            popularity,
            reveal=(1, 3),
            progress=progress(name),
        )
        for name, make in (
            _among_new(file.acts, held_out, texts, progress)
            if protocol.split == "new-books"
            else _rankers(seen, file.books, texts, progress)
        )
        if not protocol.only or name in protocol.only
    )
    return Report(protocol, len(file.books), len(file.acts.book), models)


def _held_out(file: InteractionFile, protocol: Protocol) -> NDArray[np.bool_]:
    if protocol.target:
        return file.target
    if protocol.split == "crc32":
        return file.by_checksum
    return split(file.acts, protocol.split, seed=protocol.seed)  # type: ignore[arg-type]


def texts_of(
    protocol: Protocol, books: list[str], progress: Callable[[int, int], None]
) -> list[BookText]:
    """The items' texts by ordinal, empty without a file or for books that it has not."""
    if protocol.items is None:
        return [BookText("")] * len(books)
    found = {}
    for row in open_catalogue(protocol.items, protocol.mapping).books("EUR"):
        if isinstance(row, ImportedBook) and row.external_id:
            found[row.external_id.rpartition(":")[2]] = BookText(
                f"{row.title} {row.subtitle or ''}",
                row.authors,
                row.categories,
                row.series,
                row.description or "",
            )
            progress(len(found), len(books))
    return [found.get(book, BookText("")) for book in books]


def _rankers(
    seen: Interactions, books: list[str], texts: list[BookText], progress: Progress
) -> Iterator[tuple[str, Callable[[], Ranker]]]:
    """Names with what makes each, dear ones last. Ours stands first."""
    count = len(books)
    ones = seen.alike()
    yield "bookwheel", lambda: voices_ranker(_trained(seen, count, texts, progress("training")))
    yield "local ridge", lambda: _ridge(seen, count)
    yield "item-kNN", lambda: _listed(item_neighbours(_counts(ones, count), keep=NEAREST))
    yield "SLIM", lambda: _listed(slim(_counts(ones, count)))
    yield "ALS", lambda: score_ranker(als(seen, count))
    yield "RP3beta", lambda: _listed(rp3beta(seen, count))
    if count <= LARGEST_INVERSE:
        yield "EASE^R", lambda: score_ranker(ease(seen, count))
    yield "user-kNN", lambda: score_ranker(user_neighbours(seen, count))
    if any(text.title for text in texts):
        yield "0.6 user-kNN + 0.4 content", lambda: score_ranker(_mixed(seen, count, texts))
    yield "trending", lambda: crowd_ranker(trending(seen, count, WINDOW_DAYS[-1]))
    popularity = np.bincount(seen.book, minlength=count).astype(np.float32)
    yield "popularity", lambda: crowd_ranker(popularity)


def _among_new(
    acts: Interactions, held_out: NDArray[np.bool_], texts: list[BookText], progress: Progress
) -> Iterator[tuple[str, Callable[[], Ranker]]]:
    """Rankers of books that nobody is known to have read, each showing as many. Popularity is told
    the future: how many read them in the end."""
    count = len(texts)
    new = np.zeros(count, np.bool_)
    new[acts.book[held_out]] = True
    seen = acts.where(~held_out)
    chance = scramble(np.arange(count, dtype=np.uint64)).astype(np.float32)
    later = np.bincount(acts.book, minlength=count).astype(np.float32)

    def ours() -> Ranker:
        voices = _trained(seen, count, texts, progress("training"))
        return among(lambda read, how: voices.scores(read, _shares(how)), new)

    def content() -> Ranker:
        lists = Lists(content_neighbours(texts, keep=NEAREST, progress=lambda share: None))
        return among(lambda read, how: lists.scores(read, _shares(how)), new)

    yield "bookwheel", ours
    yield "likeness of content", content
    yield "popularity, told the future", lambda: among(lambda read, how: later, new)
    yield "random", lambda: among(lambda read, how: chance, new)


def _shares(strengths: NDArray[np.int32]) -> NDArray[np.float32]:
    shares: NDArray[np.float32] = (strengths / STRENGTH_UNITS).astype(np.float32)
    return shares


def _trained(
    seen: Interactions, count: int, texts: list[BookText], progress: Callable[[int, int], None]
) -> Voices:
    """What `bookwheel train` would publish, choices and all."""
    ids = np.arange(count, dtype=np.uint64)
    keys = scramble(np.arange(int(seen.reader.max(initial=-1)) + 1, dtype=np.uint64))
    corpus = Corpus(ids, ids, texts, np.zeros(count, np.int64), seen, keys)
    trained = train(
        corpus, TrainingSettings(), lambda stage, share: progress(int(100 * share), 100)
    )
    return trained.voices


def _ridge(seen: Interactions, count: int) -> Ranker:
    counts = _counts(seen, count)
    return _listed(
        local_ridge(counts, predictors=100, penalty=10.0, keep=100, progress=lambda share: None)
    )


def _mixed(seen: Interactions, count: int, texts: list[BookText]) -> Scores:
    content = content_neighbours(texts, keep=50, progress=lambda share: None)
    return blended_with_content(user_neighbours(seen, count), content)


def _counts(seen: Interactions, count: int) -> Cooccurrence:
    return count_together(seen, count, NEAREST, lambda share: None)


def _listed(lists: Neighbours) -> Ranker:
    return item_ranker(lists, 0.0)
