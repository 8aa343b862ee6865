"""Nodes tell one another through Valkey that a reader did something."""

import asyncio
import logging
from uuid import UUID

import numpy as np

from ext.reader_versions import NAME_BYTES, ReaderVersions
from ext.valkey_client import Valkey

CHANNEL = b"bookwheel:readers"
CONNECTIONS = 2
"""One that speaks and one that listens."""
LISTENED_SECONDS = 10.0
PAUSE_SECONDS = 1.0

_LOGGER = logging.getLogger("bookwheel.readers")


class ValkeyReaderVersions:
    """A node's numbers, which change when a reader does something on another node, too.

    A message names the node that speaks and the numbers that changed, and nothing of the readers.
    One that is lost costs time alone: histories are read again after `api.readers.KEPT_SECONDS`.
    timeout, errors: see `ext.valkey_client.Valkey`.
    """

    def __init__(self, node: ReaderVersions, url: str, timeout: float) -> None:
        self._node = node
        self._valkey = Valkey(url, timeout, CONNECTIONS)
        self._untold: set[int] = set()
        self._something_untold = asyncio.Event()
        self._deaf = False

    def of(self, reader_id: UUID) -> int:
        return self._node.of(reader_id)

    def changed(self, reader_id: UUID) -> None:
        """Other nodes hear of it in a moment; nobody waits for them."""
        self._node.changed(reader_id)
        self._untold.add(self._node.place_of(reader_id))
        self._something_untold.set()

    async def tell(self) -> None:
        """For ever; in one message what came while the message before was sent."""
        while True:
            await self._something_untold.wait()
            self._something_untold.clear()
            places = np.fromiter(self._untold, "<u2", len(self._untold))
            self._untold.clear()
            try:
                await self._valkey.client.publish(CHANNEL, self._node.name + places.tobytes())
            except self._valkey.faults as error:
                _LOGGER.debug("other nodes cannot be told: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception as error:  # whatever it is, what changes later must be told
                _LOGGER.error("other nodes cannot be told", exc_info=error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def hear(self) -> None:
        """For ever; an outage is told of once."""
        while True:
            try:
                await self._listen()
            except self._valkey.faults as error:
                if not self._deaf:
                    _LOGGER.warning("what readers do at other nodes is known late: %s", error)
                self._deaf = True
            except Exception as error:  # whatever it is, what is told later must be heard
                _LOGGER.error("other nodes are not heard", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def close(self) -> None:
        await self._valkey.client.aclose()

    async def _listen(self) -> None:
        async with self._valkey.client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                message = await channel.get_message(timeout=LISTENED_SECONDS)
                if message is None:
                    await channel.ping()
                    message = await channel.get_message(timeout=LISTENED_SECONDS)
                if message is None:
                    raise TimeoutError("Valkey does not answer")
                if self._deaf:
                    _LOGGER.warning("what readers do at other nodes is known at once again")
                    self._deaf = False
                if message["type"] == "message":
                    self._heard(message["data"])

    def _heard(self, message: bytes) -> None:
        name, places = message[:NAME_BYTES], message[NAME_BYTES:]
        # The workers of a node share the numbers that they tell of.
        if name != self._node.name and len(places) % 2 == 0:
            self._node.change(np.frombuffer(places, "<u2"))
