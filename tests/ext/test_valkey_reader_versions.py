"""Nodes tell one another through a real Valkey that a reader did something."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from api.beside import beside
from core.kernel.ids import new_id
from ext.reader_versions import NAME_BYTES, ReaderVersions
from ext.valkey_client import Valkey
from ext.valkey_reader_versions import CHANNEL, ValkeyReaderVersions
from tests.valkey_server import ValkeyServer

Node = Callable[[str], Awaitable[ValkeyReaderVersions]]
PATIENT = 300


@pytest.fixture
async def node(tmp_path: Path, valkey: ValkeyServer) -> AsyncIterator[Node]:
    """Opens the numbers of a node of that name."""

    async def opened(name: str) -> ValkeyReaderVersions:
        numbers = ReaderVersions(tmp_path / name)
        versions = ValkeyReaderVersions(numbers, valkey.url, PATIENT)
        stack.push_async_callback(versions.close)
        await stack.enter_async_context(beside(versions.tell(), versions.hear()))
        return versions

    async with AsyncExitStack() as stack:
        yield opened


async def told(speaker: ValkeyReaderVersions, hearer: ValkeyReaderVersions, reader: UUID) -> None:
    """Say it until the hearer knows: who does not listen yet misses what is said."""
    before = hearer.of(reader)
    async with asyncio.timeout(PATIENT):
        while hearer.of(reader) == before:
            speaker.changed(reader)
            await asyncio.sleep(0.01)


async def test_change_at_one_node_is_seen_at_another(node: Node) -> None:
    one, other, reader, bystander = await node("one"), await node("other"), new_id(), new_id()

    await told(one, other, reader)

    assert other.of(bystander) == 0


async def test_node_that_spoke_does_not_change_again(node: Node) -> None:
    one, other, reader = await node("one"), await node("other"), new_id()
    await told(one, other, reader)
    await told(other, one, new_id())
    one.changed(reader)
    version = one.of(reader)

    await told(one, other, new_id())
    await told(other, one, new_id())  # what the other says comes behind what this one said

    assert one.of(reader) == version


async def test_while_valkey_is_away_nobody_waits_and_then_nodes_hear_again(
    node: Node, valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    one, other, reader = await node("one"), await node("other"), new_id()
    await told(one, other, reader)
    valkey.stop()

    one.changed(reader)
    valkey.start()

    await told(one, other, reader)
    await told(other, one, reader)
    said = [record.message.partition(":")[0] for record in caplog.records]
    assert said.count("what readers do at other nodes is known late") == 2  # once a node
    assert said.count("what readers do at other nodes is known at once again") == 2


async def test_strange_message_changes_nothing(node: Node, valkey: ValkeyServer) -> None:
    one, other = await node("one"), await node("other")
    await told(one, other, new_id())
    stranger, reader = Valkey(valkey.url, PATIENT, 1), new_id()

    for message in (b"", b"odd", b"x" * NAME_BYTES + b"odd"):
        await stranger.client.publish(CHANNEL, message)
    await stranger.client.aclose()

    await told(one, other, reader)
