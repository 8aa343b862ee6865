"""A peer's answers are compared with plain loops before it is timed; here one of them."""

import json

from benchmarks.peers import sqlite
from benchmarks.peers.shelf import FACETS, Truth, entry_of
from benchmarks.synthetic import books


def test_peer_finds_and_counts_what_loops_do() -> None:
    entries = [entry_of(book) for batch in books(400) for book in batch]
    truth = Truth(entries)
    asked = {f"{e.title.split()[0]} {e.rest.split()[0]}" for e in entries[:40]}

    with sqlite.opened(entries, truth) as peer:
        for q in asked:
            page, holding = peer.faceted(q), truth.holding(q)

            assert page.count == len(holding) > 0
            assert {hit["id"] for hit in page.results} <= holding
            assert page.facets == truth.facets(holding)
            assert set(page.facets) == set(FACETS)
            assert json.loads(page.body())["count"] == page.count
