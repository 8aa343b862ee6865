"""What a worker knows of experiments while the database comes and goes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.running import MOST_WAITING, RunningExperiments, Subject
from core.experiments.experiment import Experiment, Variant
from core.experiments.exposure import Exposure
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id

STORE = UUID(int=1)
SHELF = Experiment(
    id=UUID(int=2),
    name="shelf",
    surface="recommended",
    method="split",
    goal="click",
    traffic=1.0,
    variants=(Variant("as is"), Variant("new")),
    started_at=datetime(2026, 11, 1, tzinfo=UTC),
)
BOOK = new_id()
BODY = b'{"results":[{"id":"%b","title":"Emma"}]}' % str(BOOK).encode()
SUBJECT = Subject(new_id(), None)


class Feed:
    """A database that can be away."""

    def __init__(self) -> None:
        self.away = False
        self.runs: dict[UUID, list[Experiment]] = {STORE: [SHELF]}
        self.kept: dict[UUID, Exposure] = {}

    async def running(self) -> dict[UUID, list[Experiment]]:
        if self.away:
            raise Unavailable("away")
        return self.runs

    async def expose(self, exposures: Sequence[Exposure]) -> None:
        if self.away:
            raise Unavailable("away")
        self.kept |= {each.id: each for each in exposures}


async def test_store_opened_after_a_look_knows_what_runs() -> None:
    experiments = RunningExperiments(Feed(), list[int]().append)

    await experiments.look()

    assert experiments.of(STORE).recommended is SHELF
    assert experiments.of(STORE).search is None
    assert not experiments.of(UUID(int=9)).any


async def test_what_was_known_last_goes_on_while_the_database_is_away() -> None:
    feed = Feed()
    experiments = RunningExperiments(feed, list[int]().append)
    running = experiments.of(STORE)
    await experiments.look()

    feed.away = True
    with pytest.raises(Unavailable):
        await experiments.look()
    assert running.recommended is SHELF

    feed.away, feed.runs = False, {}
    await experiments.look()
    assert running.recommended is None


async def test_what_was_shown_waits_for_the_database_and_is_told_once() -> None:
    feed = Feed()
    experiments = RunningExperiments(feed, list[int]().append)
    running = experiments.of(STORE)
    for _ in range(250):
        running.note(SHELF, SUBJECT, BODY, variant=1)
    feed.away = True
    with pytest.raises(Unavailable):
        await experiments.tell()

    feed.away = False
    await experiments.tell()
    await experiments.tell()

    assert len(feed.kept) == 250
    assert {each.books for each in feed.kept.values()} == {(BOOK,)}


async def test_what_a_worker_cannot_hold_is_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed, lost = Feed(), list[int]()
    experiments = RunningExperiments(feed, lost.append)
    feed.away = True
    for _ in range(MOST_WAITING + 5):
        experiments.of(STORE).note(SHELF, SUBJECT, BODY, variant=0)
    with pytest.raises(Unavailable):
        await experiments.tell()

    feed.away = False
    await experiments.tell()
    await experiments.tell()

    assert len(feed.kept) == MOST_WAITING
    assert lost == [5]
    assert [record.message[:21] for record in caplog.records] == ["5 exposures were lost"]


async def test_what_waits_at_the_end_without_a_database_is_lost() -> None:
    feed, lost = Feed(), list[int]()
    experiments = RunningExperiments(feed, lost.append)
    feed.away = True
    experiments.of(STORE).note(SHELF, SUBJECT, BODY, variant=0)

    await experiments.end()

    assert lost == [1]
