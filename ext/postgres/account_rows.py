"""A row of `reader` as an account."""

import asyncpg

from core.accounts.account import Account

COLUMNS = (
    "r.id, r.store_id, r.email, r.display_name, r.role, r.created_at, "
    "r.email_verified_at is not null as email_verified"
)
"""Of `reader r`."""


def account_of(row: asyncpg.Record) -> Account:
    """row: begins with COLUMNS."""
    return Account(
        id=row["id"],
        store_id=row["store_id"],
        email=row["email"],
        display_name=row["display_name"],
        role=row["role"],
        created_at=row["created_at"],
        email_verified=row["email_verified"],
    )
