"""The letter box: what is put into it leaves once its transaction has committed."""

from uuid import UUID

import asyncpg

from core.kernel.ids import new_id
from core.mail.wording import Kind


async def post(
    connection: asyncpg.Connection,
    store_id: UUID,
    kind: Kind,
    recipient: str,
    *,
    reader_id: UUID | None = None,
) -> None:
    """Leave a letter, in the transaction of what it tells of; one that waits already will do.

    reader_id: whom it is for, where the recipient is not the account's address.
    """
    await connection.execute(
        """insert into waiting_letter (id, store_id, kind, recipient, reader_id)
           values ($1, $2, $3, $4, $5)
           on conflict (store_id, kind, lower(recipient)) where given_up_at is null do nothing""",
        new_id(),
        store_id,
        kind,
        recipient,
        reader_id,
    )
