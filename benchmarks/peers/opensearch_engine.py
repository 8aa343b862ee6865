"""OpenSearch on one node over HTTP: one shard, its own BM25, fuzziness AUTO for slips."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from benchmarks.peers.opensearch import opensearch
from benchmarks.peers.shelf import FACETS, SIZE, Entry, Found, Truth

NAME = "OpenSearch, one node"
MAPPING = {
    "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"},
    "mappings": {
        "properties": {
            "title": {"type": "text", "analyzer": "whitespace", "copy_to": "all"},
            "rest": {"type": "text", "analyzer": "whitespace", "copy_to": "all"},
            "all": {"type": "text", "analyzer": "whitespace"},
            **{name: {"type": "keyword"} for name in FACETS},
            "shown": {"type": "object", "enabled": False},
        }
    },
}
AT_ONCE = 2_000


class Peer:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def find(self, q: str) -> Found:
        return self._asked(_query(q))

    def faceted(self, q: str) -> Found:
        counts = {name: {"terms": {"field": name, "size": 100}} for name in FACETS}
        return self._asked({**_query(q), "aggs": counts})

    def mistyped(self, q: str) -> Found:
        return self._asked(_query(q, fuzziness="AUTO"))

    def _asked(self, query: dict[str, Any]) -> Found:
        answer = self._client.post("/shelf/_search", content=msgspec.json.encode(query))
        told = msgspec.json.decode(answer.raise_for_status().content)
        return Found(
            told["hits"]["total"]["value"],
            [hit["_source"]["shown"] for hit in told["hits"]["hits"]],
            {
                name: {each["key"]: each["doc_count"] for each in counted["buckets"] if each["key"]}
                for name, counted in told.get("aggregations", {}).items()
            },
        )


def _query(q: str, **more: Any) -> dict[str, Any]:
    words = {"query": q, "operator": "and", **more}
    return {
        "size": SIZE, "track_total_hits": True, "_source": ["shown"],
        "query": {
            "bool": {
                "must": {"match": {"all": words}},
                "should": {"match": {"title": {"query": q, "boost": 2}}},
            }
        },
    }  # fmt: skip


@contextmanager
def opened(entries: list[Entry], truth: Truth) -> Iterator[Peer]:
    """Raises NoServer."""
    headers = {"content-type": "application/json"}
    with opensearch() as url, httpx.Client(base_url=url, timeout=600, headers=headers) as client:
        client.put("/shelf", content=msgspec.json.encode(MAPPING)).raise_for_status()
        for first in range(0, len(entries), AT_ONCE):
            lines: list[object] = []
            for each in entries[first : first + AT_ONCE]:
                source = msgspec.structs.asdict(each)
                lines += [{"index": {"_id": source.pop("id")}}, source]
            body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
            answer = client.post("/shelf/_bulk", content=body).raise_for_status()
            if msgspec.json.decode(answer.content)["errors"]:
                raise RuntimeError(f"OpenSearch refused books: {answer.text[:500]}")
        client.post("/shelf/_forcemerge", params={"max_num_segments": 1}).raise_for_status()
        client.post("/shelf/_refresh").raise_for_status()
        yield Peer(client)
