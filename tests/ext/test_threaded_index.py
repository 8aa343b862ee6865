"""An index written from an event loop: what is given up halfway leaves an index that serves."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.synthetic import books
from core.search.snapshot import Horizon
from ext.tantivy_search import layout
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.threaded import ThreadedIndex

CATALOGUE = [book for batch in books(20, seed=3) for book in batch]


async def sealed(folder: Path) -> ThreadedIndex:
    """With a first generation that serves, and a second that nobody reads yet."""
    index = await ThreadedIndex.open(folder)
    for catalogue in (CATALOGUE[:10], CATALOGUE):
        await index.begin()
        await index.add(catalogue)
        await index.seal(Horizon(1, 1), "c")
        if not index.living:
            await index.switch()
    return index


@pytest.mark.parametrize("milliseconds", [0.0, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0])
async def test_switch_that_is_given_up_leaves_one_generation_or_the_other(
    tmp_path: Path, milliseconds: float
) -> None:
    index = await sealed(tmp_path)
    switching = asyncio.create_task(index.switch())
    await asyncio.sleep(milliseconds / 1000)  # the moment of the fault, not a condition waited for

    switching.cancel()
    await index.abandon()
    await index.close()

    current = layout.current(tmp_path)
    assert current is not None
    found = IndexReader(tmp_path).current()
    assert found.version.partition(".")[0] == current.name
    assert found.living == (10 if current.name == "g000001" else 20)


async def test_changes_that_are_given_up_do_not_meet_the_end_of_their_generation(
    tmp_path: Path,
) -> None:
    index = await sealed(tmp_path)
    applying = asyncio.create_task(
        index.apply(CATALOGUE, [], Horizon(2, 2), "d", sealed=True), name="applying"
    )
    await asyncio.sleep(0.001)  # the same

    applying.cancel()
    await index.abandon()

    await index.apply(CATALOGUE[10:15], [], Horizon(3, 3), "e")
    await index.close()
    assert IndexReader(tmp_path).current().living == 15
