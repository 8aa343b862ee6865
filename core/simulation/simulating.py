"""The simulation: from tastes to what each reader looked at, bought and rated, and when."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Invalid
from core.simulation.catalogue import CatalogueArrays, Floats, Ints
from core.simulation.readers import Tastes, attraction, book_affinity, draw_tastes

KINDS = ("book_view", "purchase", "rating")
VIEW, PURCHASE, RATING = range(3)

ZIPF_EXPONENT = 0.8
BOOKS_READ = 18.0
"""Of the median reader; a tenth read more than twice as many."""
GOES_ON_WITH_SERIES = 0.75
BUYS, RATES = 0.6, 0.75
TRENDING_BOOKS = 12
TRENDING_DAYS = 10.0
DAY_SECONDS = 86_400.0


class NoBooks(Invalid): ...


class Simulation(Struct, frozen=True):
    """Events in rows, oldest first; reader and book are row numbers of tastes and catalogue.

    kind: (m,) int8, index into KINDS. value: (m,) float32, 1 to 5 for ratings, else NaN.
    age_seconds: (m,) float64 ≥ 0, how long ago.
    """

    tastes: Tastes
    reader: Ints
    book: Ints
    kind: NDArray[np.int8]
    value: NDArray[np.float32]
    age_seconds: Floats


def simulate(
    catalogue: CatalogueArrays, *, seed: int, readers: int = 400, days: int = 180
) -> Simulation:
    """Let `readers` people use the shop for `days` days; the same seed gives the same people.

    Popularity follows Zipf's law over the ratings that came with the catalogue, or over a drawn
    order without them. A reader who likes a volume of a series mostly reads the series, from its
    beginning and in order. A dozen books are read far more in the last ten days than before.
    Raises NoBooks for an empty catalogue.
    """
    if not len(catalogue):
        raise NoBooks("there are no books to read", remedy="import a catalogue first")
    random = np.random.default_rng(seed)
    popularity = zipf_popularity(catalogue.ratings, random)
    trending = random.choice(len(catalogue), min(TRENDING_BOOKS, len(catalogue)), replace=False)
    popularity[trending] *= 3
    quality = random.normal(3.9, 0.45, len(catalogue))
    shop = _Shop(catalogue, popularity, quality, trending, days)
    tastes = draw_tastes(catalogue, popularity, readers, random)
    histories = [_history(shop, tastes, reader, random) for reader in range(readers)]
    return _oldest_first(tastes, np.concatenate(histories))


def zipf_popularity(ratings: Floats, random: np.random.Generator) -> Floats:
    """(n,) weights 1/rank^0.8, most rated first; unrated books follow in a drawn order."""
    rank = np.empty(len(ratings))
    rank[np.lexsort((random.random(len(ratings)), -ratings))] = np.arange(1, len(ratings) + 1)
    return rank**-ZIPF_EXPONENT


class _Shop(Struct, frozen=True):
    """What is the same for every reader; quality: (n,) the stars a neutral reader gives."""

    catalogue: CatalogueArrays
    popularity: Floats
    quality: Floats
    trending: NDArray[np.int64]
    days: int


def _history(shop: _Shop, tastes: Tastes, reader: int, random: np.random.Generator) -> Floats:
    """One reader's events: (m, 5) float64 of reader, book, kind, value, age_seconds."""
    catalogue, days = shop.catalogue, shop.days
    weights = attraction(catalogue, shop.popularity, tastes, reader)
    wanted = int(min(len(catalogue), max(4, random.lognormal(np.log(BOOKS_READ), 0.6))))
    # Gumbel top-k: a draw without replacement in proportion to the weights.
    drawn = np.argsort(-(np.log(weights) + random.gumbel(size=len(weights))))
    books = _in_series_order(catalogue, drawn[:wanted], random)
    ages = np.sort(random.random(len(books)))[::-1] * days
    hot = np.isin(books, shop.trending) & (catalogue.series[books] < 0)
    ages[hot] = random.random(int(hot.sum())) * min(TRENDING_DAYS, days)
    affinity = book_affinity(catalogue, tastes.categories[reader])[books]
    liking = shop.quality[books] + 1.2 * (affinity - 0.3)
    stars = np.clip(np.rint(liking + random.normal(0, 0.7, len(books))), 1, 5)
    bought = random.random(len(books)) < BUYS
    rated = random.random(len(books)) < RATES
    browsed = drawn[wanted : 2 * wanted]
    return np.concatenate(
        [
            _events(reader, books, VIEW, ages),
            _events(reader, browsed, VIEW, random.random(len(browsed)) * days),
            _events(reader, books[bought], PURCHASE, ages[bought] * 0.995),
            _events(reader, books[rated], RATING, ages[rated] * 0.9, stars[rated]),
        ]
    )


def _in_series_order(
    catalogue: CatalogueArrays, drawn: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """The drawn books, each series begun at its first volume and followed while it pleases."""
    reading: dict[int, None] = {}
    for book in drawn.tolist():
        series = catalogue.series[book]
        if series < 0:
            reading[book] = None
            continue
        volumes = np.flatnonzero(catalogue.series == series)
        for volume in volumes[np.argsort(catalogue.position[volumes], kind="stable")].tolist():
            reading.setdefault(volume)
            if random.random() > GOES_ON_WITH_SERIES:
                break
    return np.fromiter(reading, np.int64, len(reading))


def _events(
    reader: int,
    books: NDArray[np.int64],
    kind: int,
    ages_days: Floats,
    values: Floats | None = None,
) -> Floats:
    events = np.empty((len(books), 5))
    events[:, 0] = reader
    events[:, 1] = books
    events[:, 2] = kind
    events[:, 3] = np.nan if values is None else values
    events[:, 4] = ages_days * DAY_SECONDS
    return events


def _oldest_first(tastes: Tastes, events: Floats) -> Simulation:
    events = events[np.argsort(-events[:, 4], kind="stable")]
    return Simulation(
        tastes=tastes,
        reader=events[:, 0].astype(np.int32),
        book=events[:, 1].astype(np.int32),
        kind=events[:, 2].astype(np.int8),
        value=events[:, 3].astype(np.float32),
        age_seconds=events[:, 4],
    )
