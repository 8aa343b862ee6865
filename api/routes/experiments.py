"""Experiments: started and stopped by staff, in force everywhere within a second."""

import contextlib
from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.schemas.experiments import ExperimentList
from api.services import StoreServices
from core.experiments.experiment import Experiment, ExperimentDraft, ExperimentNotFound
from core.experiments.results import Results
from core.kernel.errors import Unavailable

PATH: Final = "/api/v1/experiments"
ONE: Final = f"{PATH}/{{experiment_id:str}}"
_draft = msgspec.json.Decoder(ExperimentDraft)


@endpoint(
    READ,
    PATH,
    tag="experiments",
    may="experiments:write",
    answer=ExperimentList,
    problems=(401, 403, 404, 503),
)
async def listed(request: Request) -> Answer:
    """All of the store's, newest first."""
    shop = request.store()
    found = await shop.experiments.every(shop.store)
    return json_answer(ExperimentList(tuple(found)), NO_STORE)


@endpoint(
    "POST",
    PATH,
    tag="experiments",
    may="experiments:write",
    body=ExperimentDraft,
    answer=Experiment,
    status=201,
    problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
    answer_headers=(("Location", "where its results are"),),
)
async def started(request: Request) -> Answer:
    """Start one; every worker shows its variants within a second.

    On each surface one runs at a time. A name is used once, for it stands in reports.
    """
    shop = request.store()
    made = await shop.experiments.start(shop.store, await request.json(_draft))
    await _take_up(shop)
    location = (b"location", f"{PATH}/{made.id}/results".encode())
    return json_answer(made, NO_STORE, location, status=201)


@endpoint(
    "POST",
    f"{ONE}/stop",
    tag="experiments",
    may="experiments:write",
    answer=Experiment,
    problems=(401, 403, 404, 503),
)
async def stopped(request: Request) -> Answer:
    """Stop one: within a second everybody sees the shop as it is. Its results stay."""
    shop = request.store()
    experiment_id = request.path_id("experiment_id", ExperimentNotFound)
    made = await shop.experiments.stop(shop.store, experiment_id)
    await _take_up(shop)
    return json_answer(made, NO_STORE)


@endpoint(
    READ,
    f"{ONE}/results",
    tag="experiments",
    may="experiments:write",
    answer=Results,
    problems=(401, 403, 404, 503),
)
async def results(request: Request) -> Answer:
    """What it has shown so far, to be looked at as often as one likes.

    Readers, exposures, acts credited, lifts with intervals that hold at every look together.
    """
    shop = request.store()
    experiment_id = request.path_id("experiment_id", ExperimentNotFound)
    return json_answer(await shop.experiments.results(shop.store, experiment_id), NO_STORE)


async def _take_up(shop: StoreServices) -> None:
    with contextlib.suppress(Unavailable):  # the write is done; the next look takes it up
        await shop.experiments.refresh()


ENDPOINTS: Final = tuple(
    each.called(f"experiments.{each.run.__name__}") for each in (listed, started, stopped, results)
)
