"""FastAPI over this project's own search: `python -m benchmarks.peers.fastapi_service --fd N`.

Twelve typed parameters and models of an answer in the usual way, on uvicorn as this project's
workers are: what is left is the framework.
"""

import argparse
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.corpus import open_index, search_over, synthetic_index, view_of
from core.search.request import SearchRequest


class Name(BaseModel):
    id: str
    name: str


class Money(BaseModel):
    amount_minor: int
    currency: str


class Hit(BaseModel):
    id: str
    title: str
    authors: list[Name]
    categories: list[Name]
    price: Money
    average_rating: float | None
    stock: int | None = None
    score: float


class Page(BaseModel):
    count: int
    page: int
    size: int
    next_cursor: str | None
    results: list[Hit]
    facets: dict[str, list[dict[str, Any]]] | None = None


def application() -> FastAPI:
    search = search_over(view_of(open_index(synthetic_index())))
    app = FastAPI(openapi_url=None)

    @app.get("/search")
    async def find(  # noqa: PLR0917 - what a query may hold, as its manual shows it
        q: str, match: str = "most", sort: str = "relevance", page: int = 1, size: int = 20,
        facets: str = "category,price,rating", fuzzy: str = "auto", price_min: int | None = None,
        price_max: int | None = None, rating_min: float | None = None, year_min: int | None = None,
        in_stock: bool | None = None,
    ) -> Page:  # fmt: skip
        given = {
            "q": q, "match": match, "sort": sort, "page": page, "size": size, "fuzzy": fuzzy,
            "facets": [name for name in facets.split(",") if name], "price_min": price_min,
            "price_max": price_max, "rating_min": rating_min, "year_min": year_min,
            "in_stock": in_stock,
        }  # fmt: skip
        request = msgspec.convert(given, SearchRequest)
        return Page.model_validate_json(search.search(request).body)

    @app.get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    return app


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.peers.fastapi_service")
    arguments.add_argument("--fd", type=int, required=True)
    uvicorn.run(
        application(), fd=arguments.parse_args().fd, log_level="error", access_log=False,
        loop="uvloop", http="httptools",
    )  # fmt: skip


if __name__ == "__main__":
    main()
