"""Whatever is asked of the routes of search: an answer or a clear refusal, and no worker dies.

The default run is short; BOOKWHEEL_TEST_EXAMPLES=20000 asks as many questions.
"""

import json
import os
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("BOOKWHEEL_TEST_EXAMPLES", "200"))
ROUTES = (
    "/api/v1/search",
    "/api/v1/search/autocomplete",
    "/api/v1/search/similar",
    "/api/v1/books",
    "/api/v1/books/popular",
    "/api/v1/books/trending",
    "/api/v1/books/bestsellers",
)
NAMES = (
    "q", "match", "category", "author", "publisher", "language", "series", "price_min",
    "price_max", "rating_min", "year_min", "year_max", "in_stock", "sort", "page", "size",
    "cursor", "facets", "highlight", "explain", "fuzzy", "book_id", "days", "window", "colour",
)  # fmt: skip
ODD = (
    "", " ", "0", "-1", "1", "2", "20", "100", "101", "10000", "1e309", "-1e309", "NaN", "Infinity",
    "0.1", "٣", "99999999999999999999", "true", "false", "null", "[]", "{}", "auto", "off", "any",
    "all", "most", "relevance", "price_desc", "popular", "date", "category,price,rating",
    "author,language,year,series,availability", "price,price", "Classics", "A. Writer", "dune",
    "dnue", "harry poter goblit", "the", "\0", "a\0b", "%00", "\ufeff", "\u202e", "ﬁ", "İ", "ẞ",
    "'" * 90, "(" * 256, '"dune" AND (', "title:dune^1e9", "a" * 256, "a" * 257, "é" * 300,
    "🦄" * 60, "a b " * 60, "9780141439686", "0-306-40615-2", "*", "?", "/.*/", "~2", "\ud7ff",
)  # fmt: skip

values = st.one_of(
    st.sampled_from(ODD), st.text(max_size=40), st.integers().map(str), st.floats().map(str)
)
queries = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)
bodies = st.dictionaries(
    st.one_of(st.sampled_from(NAMES), st.text(max_size=8)),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), values),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=6,
)
# Bytes that are no UTF-8, halves of escapes, separators without names.
raw = st.binary(max_size=60).map(lambda octets: quote(octets, safe="%&=+;"))


def refused_or_answered(answer: httpx.Response, asked: object) -> None:
    told = answer.json()
    assert answer.status_code < 500, (asked, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", asked
        assert told["type"].startswith("/problems/"), asked
        assert told["detail"], asked


async def test_no_question_is_answered_by_a_fault_or_kills_a_worker(server: Any) -> None:
    workers = server.workers()
    assert len(workers) == 2

    def ask(client: httpx.Client) -> Any:
        laws = settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
            database=None,
        )

        @laws
        @given(st.sampled_from(ROUTES), queries)
        def parameters(route: str, pairs: list[tuple[str, str]]) -> None:
            asked = f"{route}?{urlencode(pairs, errors='surrogatepass')}"
            refused_or_answered(client.get(asked), asked)

        @laws
        @given(st.sampled_from(ROUTES), raw)
        def octets(route: str, query: str) -> None:
            refused_or_answered(client.get(f"{route}?{query}"), query)

        @laws
        @given(st.sampled_from(("POST", "QUERY")), bodies)
        def documents(method: str, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            headers = {"content-type": "application/json"}
            answer = client.request(method, ROUTES[0], content=content, headers=headers)
            refused_or_answered(answer, body)

        for law in (parameters, octets, documents):
            law()
        return client.get("/api/v1/search?q=dune").json()

    with httpx.Client(base_url=server.url, timeout=300) as client:
        found = ask(client)

    assert server.workers() == workers
    assert found["results"][0]["title"] == "Dune"
    assert "Traceback" not in server.log.read_text()
