"""Tastes: what each simulated reader is drawn to, as a weight for every book."""

import numpy as np
from msgspec import Struct

from core.simulation.catalogue import CatalogueArrays, Floats, Ints

FAVOURITE_CATEGORIES = 3
FAVOURITE_AUTHORS = 2
# How sharply taste decides against popularity; found by eye on the sample catalogue.
TASTE_POWER = 2.0
AUTHOR_BOOST = 6.0
INDIFFERENCE = 0.03
"""Weight of a book outside every taste: people do stray."""
SECOND_LANGUAGE = 0.3
"""Share of readers who read two languages."""
FOREIGN = 0.01
"""What the weight of a book in another language is multiplied by."""


class Tastes(Struct, frozen=True):
    """categories: (readers, categories) float64, each row adds up to 1.

    authors, languages: (readers, 2) int32 codes, -1 where a reader has no second one.
    """

    categories: Floats
    authors: Ints
    languages: Ints


def draw_tastes(
    catalogue: CatalogueArrays, popularity: Floats, readers: int, random: np.random.Generator
) -> Tastes:
    """Favourite categories by what the shop holds most, then favourite authors within them."""
    # Square root: with the plain counts everyone would love the one largest shelf.
    weights = np.sqrt(_held(catalogue.categories[:, 1], catalogue.category_count))
    spoken = _held(catalogue.language[catalogue.language >= 0])
    categories = np.zeros((readers, len(weights)))
    authors = np.full((readers, FAVOURITE_AUTHORS), -1, np.int32)
    languages = np.full((readers, 2), -1, np.int32)
    for reader in range(readers):
        liked = _draw(random, weights, FAVOURITE_CATEGORIES)
        categories[reader, liked] = random.dirichlet(np.full(len(liked), 1.5))
        known = _draw(random, spoken, 2 if random.random() < SECOND_LANGUAGE else 1)
        languages[reader, : len(known)] = known
        drawn_to = book_affinity(catalogue, categories[reader]) * popularity
        drawn_to *= _readable(catalogue, languages[reader])
        worth = np.zeros(catalogue.author_count)
        np.add.at(worth, catalogue.authors[:, 1], drawn_to[catalogue.authors[:, 0]])
        favourites = _draw(random, worth, FAVOURITE_AUTHORS)
        authors[reader, : len(favourites)] = favourites
    return Tastes(categories, authors, languages)


def book_affinity(catalogue: CatalogueArrays, taste: Floats) -> Floats:
    """How far each book is of the categories a reader likes: (n,) in [0, 1]."""
    pairs = catalogue.categories
    affinity = np.bincount(pairs[:, 0], weights=taste[pairs[:, 1]], minlength=len(catalogue))
    return affinity.astype(np.float64)


def attraction(
    catalogue: CatalogueArrays, popularity: Floats, tastes: Tastes, reader: int
) -> Floats:
    """Weight of each book for one reader: (n,) positive."""
    by_favourite = np.isin(catalogue.authors[:, 1], tastes.authors[reader])
    boost = np.ones(len(catalogue))
    boost[catalogue.authors[by_favourite, 0]] = AUTHOR_BOOST
    pull = (INDIFFERENCE + book_affinity(catalogue, tastes.categories[reader])) ** TASTE_POWER
    return popularity * pull * boost * _readable(catalogue, tastes.languages[reader])


def _readable(catalogue: CatalogueArrays, languages: Ints) -> Floats:
    known = np.isin(catalogue.language, languages) | (catalogue.language < 0)
    return np.where(known, 1.0, FOREIGN)


def _held(codes: Ints, count: int = 1) -> Floats:
    return np.bincount(codes, minlength=max(1, count)).astype(np.float64)


def _draw(random: np.random.Generator, weights: Floats, most: int) -> Ints:
    possible = np.flatnonzero(weights > 0)
    if not len(possible):
        return np.zeros(0, np.int32)
    shares = weights[possible] / weights[possible].sum()
    count = min(most, len(possible))
    return random.choice(possible, count, replace=False, p=shares).astype(np.int32)
