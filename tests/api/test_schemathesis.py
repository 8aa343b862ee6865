"""Every route told in OpenAPI, asked what fits its schema and what does not, by a fixed seed."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from msgspec.structs import replace
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.accounts.principal import Principal
from core.kernel.ids import new_id

SEED = 20
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 6}
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LEAST_ANSWERED = 0.5
"""Of the routes, so many must have answered what they are for at least once."""


async def admin(shop: Any) -> dict[str, str]:
    """Headers of a new one: some routes end the account or the session that asks."""
    reader_id = new_id()
    await shop.pool.execute(
        """insert into reader (id, store_id, email, display_name, role)
           values ($1, $2, $3, 'Root', 'admin')""",
        reader_id,
        shop.store.id,
        f"{reader_id}@shop.example",
    )
    token = shop.tokens.issue(Principal(reader_id, shop.store.id, "admin", new_id()))
    return {"authorization": f"Bearer {token}"}


MADE = (
    ("author_id", "/api/v1/authors", {"name": "Anne Brontë"}),
    ("category_id", "/api/v1/categories", {"name": "Novels"}),
    ("publisher_id", "/api/v1/publishers", {"name": "Newby"}),
    ("series_id", "/api/v1/series", {"name": "Moors"}),
    ("set_id", "/api/v1/search/synonyms", {"terms": ["moor", "heath"]}),
    (
        "experiment_id",
        "/api/v1/experiments",
        {"name": "x", "surface": "search", "variants": [{"name": "a"}, {"name": "b"}]},
    ),
)


async def known_ids(shop: Any, client: httpx.AsyncClient) -> dict[str, str]:
    """Of one thing of each kind, by the name of its path parameter."""
    headers = await admin(shop)
    ids = {"book_id": str(shop.ids["Emma"]), "name": "not-found"}
    rule = {"query": "moor", "action": "hide", "book_id": ids["book_id"]}
    for name, path, body in (*MADE, ("rule_id", "/api/v1/search/rules", rule)):
        made = await client.post(path, json=body, headers=headers)
        assert made.status_code == 201, made.text
        ids[name] = made.json()["id"]
    return ids


def reach_deeper(case: Any, ids: dict[str, str]) -> None:
    """Name what there is: else most answers would be that there is no such thing."""
    for name in ids.keys() & (case.path_parameters or {}):
        case.path_parameters[name] = ids[name]
    headers = case.headers or {}
    headers.pop("X-Store", None)
    if "If-Match" in headers:
        headers["If-Match"] = '"1"'


def asks_to_wait(case: Any) -> bool:
    """503 is what one gets who waits for a write that never was."""
    return "If-Index-Version" in (case.headers or {}) or "min_version" in (case.query or {})


def ask(operation: Any, send: Callable[[Any], Any], ids: dict[str, str]) -> set[int]:
    """The statuses that came. Raises FailureGroup, AssertionError for what was not told."""
    statuses = set()
    for mode, examples in EXAMPLES.items():

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=mode),
            likely=hypothesis.strategies.sampled_from((True, True, True, False)),
        )
        def once(case: Any, likely: bool) -> None:
            if likely:
                reach_deeper(case, ids)
            answer = send(case)
            statuses.add(answer.status_code)
            waited = answer.status_code == 503 and asks_to_wait(case)
            assert answer.status_code < 500 or waited, case.as_curl_command()
            case.validate_response(answer, checks=CHECKS)

        try:
            once()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing could be sent that does not fit
    return statuses


async def test_every_route_answers_as_it_is_told(shop: Any, serving: Any) -> None:
    [client] = await serving(replace(shop.settings, limits=False))
    document = (await client.get("/api/schema/")).json()
    ids = await known_ids(shop, client)
    faults: dict[str, list[str]] = {}
    answered = 0
    told = list(from_dict(document).get_all_operations())
    operations = [each.ok() for each in told if isinstance(each, Ok)]
    assert len(operations) == len(told)

    for operation in operations:
        headers = await admin(shop)

        def send(case: Any, headers: dict[str, str] = headers) -> Any:
            return case.call(base_url=str(client.base_url), headers=headers)

        try:
            statuses = await asyncio.to_thread(ask, operation, send, ids)
        except FailureGroup as group:
            faults[operation.label] = [str(each) for each in group.exceptions]
        except AssertionError as error:
            faults[operation.label] = [str(error)]
        else:
            answered += any(status < 400 for status in statuses)

    assert faults == {}
    assert answered >= LEAST_ANSWERED * len(operations)
