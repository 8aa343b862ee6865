"""The tables, and the synthetic catalogue in them."""

from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import connection

from benchmarks.corpus import SEED
from benchmarks.peers.django_shop.models import Author, Book, Category
from benchmarks.peers.shelf import entry_of
from benchmarks.synthetic import books


def fill(count: int) -> None:
    """Tables and books; the id of the n-th book of the catalogue is n."""

    with connection.schema_editor() as editor:
        for model in (Author, Category, Book):
            editor.create_model(model)
    authors: dict[str, Author] = {}
    categories: dict[str, Category] = {}
    for batch in books(count, SEED):
        made = []
        for book in batch:
            entry = entry_of(book)
            made.append(
                Book(
                    title=book.title, description=book.description or "", language=entry.language,
                    text=f"{entry.title} {entry.rest}", price=book.price.amount_minor,
                    stock=book.stock,
                )
            )  # fmt: skip
        stored = Book.objects.bulk_create(made)
        _link(Author, authors, list(zip(stored, (book.authors for book in batch), strict=True)))
        named = (book.categories for book in batch)
        _link(Category, categories, list(zip(stored, named, strict=True)))
    vector = SearchVector("title", weight="A", config="simple")
    Book.objects.update(words=vector + SearchVector("text", config="simple"))
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _link(model: Any, known: dict[str, Any], links: list[tuple[Book, Any]]) -> None:
    """links: each book with what it names. known: rows by name, which grows."""
    column = model.__name__.lower()
    through = (Book.authors if model is Author else Book.categories).through
    names = {each.name for _, named in links for each in named} - known.keys()
    created = model.objects.bulk_create([model(name=name) for name in sorted(names)])
    known.update({each.name: each for each in created})
    through.objects.bulk_create(
        through(book_id=row.id, **{f"{column}_id": known[name].id})
        for row, named in links
        for name in dict.fromkeys(each.name for each in named)
    )
