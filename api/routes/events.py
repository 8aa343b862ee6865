"""What visitors do on the pages, told in batches."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import endpoint
from api.asgi.request import Request
from api.consent import objects
from core.events.event import WITH_CONSENT, Batch, Recorded, accepted_events

PATH: Final = "/api/v1/events"
_batch = msgspec.json.Decoder(Batch)


@endpoint(
    "POST",
    PATH,
    tag="events",
    may="events:write",
    body=Batch,
    answer=Recorded,
    status=202,
    problems=(400, 401, 404, 408, 413, 415, 503),
    request_headers=(
        ("DNT", "1: no page_view and no search is kept"),
        ("Sec-GPC", "1: the same"),
    ),
    personal=True,
)
async def add_events(request: Request) -> Answer:
    """Tell what a visitor did: up to 1,000 events, each counted once however often it is sent.

    What a signed-in reader did with a book counts at the very next recommendation.
    """
    shop = request.store()
    principal = request.member(shop.store.id)
    reader_id = principal.reader_id if principal is not None else None
    batch = await request.json(_batch)
    events = accepted_events(batch.events, now=datetime.now(UTC))
    visitor_id = batch.visitor if shop.running.any else None
    if not batch.consent or objects(request.headers):
        events = tuple(event for event in events if event.kind not in WITH_CONSENT)
        visitor_id = None
    recorded = Recorded()
    if events:
        recorded = await shop.events.add(shop.store, reader_id, events, visitor_id)
        if reader_id is not None and recorded.accepted:
            shop.readers.changed(reader_id)
    withheld = len(batch.events) - len(events) + recorded.withheld
    return json_answer(msgspec.structs.replace(recorded, withheld=withheld), NO_STORE, status=202)


ENDPOINTS = (add_events,)
