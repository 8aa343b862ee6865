"""Rows of books as `Book` values."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import asyncpg

from core.catalogue.book import Book, Named, SeriesPlace
from core.kernel.money import Money
from core.reviews.rating import shown_rating

# Ids of authors and categories by sub-select: a scan in id order streams at once, where joining
# aggregates would sort both link tables first.
SELECT = """
select b.id, b.isbn, b.title, b.subtitle, b.published, b.language, b.price_minor, b.stock,
  b.status, b.series_id, b.series_position, b.imported_rating_average, b.imported_rating_count,
  b.review_total, b.review_count, b.cover_url, b.description, b.pages, b.publisher_id, b.version,
  b.created_at, b.updated_at,
  array(select author_id from book_author where book_id = b.id order by position, author_id),
  array(select category_id from book_category where book_id = b.id
        order by position, category_id)
from book b
"""

NAMES_OF_STORE = """
select id, name from author where store_id = $1
union all select id, name from category where store_id = $1
union all select id, name from publisher where store_id = $1
union all select id, name from series where store_id = $1
"""

NAMES_BY_ID = """
select id, name from author where id = any($1)
union all select id, name from category where id = any($1)
union all select id, name from publisher where id = any($1)
union all select id, name from series where id = any($1)
"""


def mentioned(rows: Iterable[asyncpg.Record]) -> list[UUID]:
    """Ids of everything with a name that rows of SELECT refer to."""
    ids: set[UUID] = set()
    for row in rows:
        ids.update(row[22], row[23])
        ids.update(one for one in (row["series_id"], row["publisher_id"]) if one is not None)
    return list(ids)


def named(rows: Iterable[asyncpg.Record]) -> dict[UUID, Named]:
    return {row[0]: Named(row[0], row[1]) for row in rows}


def book_of(row: asyncpg.Record, names: Mapping[UUID, Named], currency: str) -> Book:
    """The book of one row of SELECT; names: at least those the row mentions."""
    (
        book_id, isbn, title, subtitle, published, language, price_minor, stock, status,
        series_id, position, average, count, review_total, review_count, cover_url,
        description, pages, publisher_id, version, created_at, updated_at, authors, categories,
    ) = row  # fmt: skip
    rating, rating_count = shown_rating(average, count, review_total, review_count)
    return Book(
        id=book_id,
        isbn=isbn,
        title=title,
        subtitle=subtitle,
        authors=tuple([names[author] for author in authors]),
        published=published,
        language=language,
        price=Money(price_minor, currency),
        stock=stock,
        status=status,
        categories=tuple([names[category] for category in categories]),
        series=series_id and SeriesPlace(series_id, names[series_id].name, position),
        average_rating=rating,
        review_count=rating_count,
        cover_url=cover_url,
        description=description,
        pages=pages,
        publisher=publisher_id and names[publisher_id],
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
