"""The first tables. Written as Piccolo's generator would, without what is the default anyway."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    UUID,
    Bytea,
    Column,
    ForeignKey,
    Integer,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table, create_table_class

ID = "0001-tables"
VERSION = "1.38.0"
DESCRIPTION = "stores, books and who made them, readers, reviews, sessions, interactions"

TypeAndParams = tuple[type[Column], dict[str, Any]]

KEY: TypeAndParams = (UUID, {"primary_key": True, "default": None})
NOW: TypeAndParams = (Timestamptz, {"default": TimestamptzNow()})
TEXT: TypeAndParams = (Text, {})
TEXT_OR_NULL: TypeAndParams = (Text, {"null": True, "default": None})
INTEGER_OR_NULL: TypeAndParams = (Integer, {"null": True, "default": None})
REAL_OR_NULL: TypeAndParams = (Real, {"null": True, "default": None})
NONE: TypeAndParams = (Integer, {"default": 0})
FIRST: TypeAndParams = (Integer, {"default": 1})


def reference(to: str, on_delete: OnDelete, **kind: bool) -> TypeAndParams:
    stub: type[Table] = create_table_class(
        to.capitalize(),
        class_kwargs={"tablename": to},
        class_members={"id": UUID(primary_key=True, default=None)},
    )
    params = {
        "references": stub,
        "db_column_name": f"{to}_id",
        "default": None,
        "null": False,
        "index": True,
        "on_delete": on_delete,
        "on_update": OnUpdate.no_action,
    }
    return ForeignKey, params | kind


NAMED = {
    "id": KEY,
    "store": reference("store", OnDelete.restrict, index=False),
    "name": TEXT,
    "version": FIRST,
    "created_at": NOW,
    "updated_at": NOW,
}

TABLES: dict[str, dict[str, TypeAndParams]] = {
    "store": {
        "id": KEY,
        "slug": (Text, {"unique": True}),
        "name": TEXT,
        "currency": (Varchar, {"length": 3}),
        "host": (Text, {"null": True, "default": None, "unique": True}),
        "created_at": NOW,
    },
    "author": NAMED,
    "category": NAMED,
    "publisher": NAMED,
    "series": NAMED,
    "book": {
        "id": KEY,
        "store": reference("store", OnDelete.restrict),
        "isbn": (Varchar, {"length": 13, "null": True, "default": None}),
        "external_id": TEXT_OR_NULL,
        "title": TEXT,
        "subtitle": TEXT_OR_NULL,
        "description": TEXT_OR_NULL,
        "language": (Varchar, {"length": 8, "null": True, "default": None}),
        "pages": INTEGER_OR_NULL,
        "published": TEXT_OR_NULL,
        "published_year": (SmallInt, {"null": True, "default": None}),
        "price_minor": NONE,
        "stock": NONE,
        "status": (Text, {"default": "available"}),
        "publisher": reference("publisher", OnDelete.set_null, null=True),
        "series": reference("series", OnDelete.set_null, null=True),
        "series_position": REAL_OR_NULL,
        "cover_url": TEXT_OR_NULL,
        "imported_rating_average": (Real, {"default": 0.0}),
        "imported_rating_count": NONE,
        "review_total": NONE,
        "review_count": NONE,
        "content_hash": (Bytea, {"null": True, "default": None}),
        "version": FIRST,
        "created_at": NOW,
        "updated_at": NOW,
    },
    "reader": {
        "id": KEY,
        "store": reference("store", OnDelete.restrict),
        "email": TEXT_OR_NULL,
        "external_id": TEXT_OR_NULL,
        "display_name": TEXT,
        "password_hash": TEXT_OR_NULL,
        "role": (Text, {"default": "reader"}),
        "created_at": NOW,
        "updated_at": NOW,
    },
    "review": {
        "id": KEY,
        "store": reference("store", OnDelete.restrict),
        "book": reference("book", OnDelete.cascade, index=False),
        "reader": reference("reader", OnDelete.cascade),
        "rating": (SmallInt, {}),
        "text": TEXT,
        "version": FIRST,
        "created_at": NOW,
        "updated_at": NOW,
    },
    "session": {
        "id": KEY,
        "store": reference("store", OnDelete.restrict),
        "reader": reference("reader", OnDelete.cascade),
        "family": (UUID, {"default": None, "index": True}),
        "token_hash": (Bytea, {"default": None, "unique": True}),
        "expires_at": (Timestamptz, {"default": None, "index": True}),
        "rotated_at": (Timestamptz, {"null": True, "default": None}),
        "created_at": NOW,
    },
    "interaction": {
        "id": KEY,
        "store": reference("store", OnDelete.restrict, index=False),
        "reader": reference("reader", OnDelete.cascade, index=False),
        "book": reference("book", OnDelete.cascade),
        "kind": TEXT,
        "value": REAL_OR_NULL,
        "quantity": FIRST,
        "occurred_at": NOW,
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)
    for table, columns in TABLES.items():
        manager.add_table(class_name=table.capitalize(), tablename=table)
        for column, (kind, params) in columns.items():
            manager.add_column(
                table_class_name=table.capitalize(),
                tablename=table,
                column_name=column,
                db_column_name=params.get("db_column_name", column),
                column_class_name=kind.__name__,
                column_class=kind,
                params=dict(params),
            )
    return manager
