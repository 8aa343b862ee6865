"""The ways into an account, of which one has to stay."""

from uuid import UUID

import asyncpg

from core.accounts.account import LastWayIn

_LEFT = """
select (select count(*) from reader where store_id = $1 and id = $2 and password_hash is not null)
  + (select count(*) from passkey where store_id = $1 and reader_id = $2)
  + (select count(*) from external_identity where store_id = $1 and reader_id = $2)
"""


async def keep_a_way_in(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    """After one was taken from a reader that is locked. Raises LastWayIn where it was the last."""
    if not await connection.fetchval(_LEFT, store_id, reader_id):
        raise LastWayIn
