"""What readers say of a book."""

from typing import Final

import msgspec

from api.asgi.answer import Answer, Empty, encode
from api.asgi.caching import ETAG, IF_NONE_MATCH, INDEX_VERSION, tagged_by_content
from api.asgi.endpoint import READ, endpoint
from api.asgi.paging import check_window
from api.asgi.request import Request
from api.asgi.versions import IF_MATCH, expected_version, written
from api.schemas.books import link_header, page_links
from api.schemas.names import PageQuery
from api.schemas.reviews import ReviewList
from core.catalogue.book import BookNotFound
from core.reviews.review import Review, ReviewChanged, ReviewDraft, ReviewNotFound

PATH: Final = "/api/v1/books/{book_id:str}/reviews"
ONE: Final = f"{PATH}/{{review_id:str}}"
_draft = msgspec.json.Decoder(ReviewDraft)


@endpoint(
    READ,
    PATH,
    tag="reviews",
    may="reviews:read",
    query=PageQuery,
    answer=ReviewList,
    problems=(400, 404, 503),
    request_headers=(IF_NONE_MATCH,),
    answer_headers=(ETAG, ("Link", "self, next and prev"), ("X-Total-Count", "of all pages")),
)
async def reviews(request: Request) -> Answer:
    """The reviews of a book, newest first."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    asked = request.query(PageQuery)
    check_window(asked.page, asked.size)
    found = await shop.reviews.page(shop.store, book_id, page=asked.page, size=asked.size)
    path = f"/api/v1/books/{book_id}/reviews"
    links = page_links(
        path, request.pairs(), page=asked.page, size=asked.size, count=found.count, cursor=""
    )
    body = ReviewList(
        count=found.count, page=asked.page, size=asked.size, results=found.reviews, links=links
    )
    total = (b"x-total-count", b"%d" % found.count)
    return tagged_by_content(request, encode(body), link_header(links), total)


@endpoint(
    "POST",
    PATH,
    tag="reviews",
    may="reviews:write",
    body=ReviewDraft,
    answer=Review,
    status=201,
    problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
    answer_headers=(ETAG, INDEX_VERSION, ("Location", "where it is")),
)
async def add_review(request: Request) -> Answer:
    """Review a book, once; the book's rating follows."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    book_id = request.path_id("book_id", BookNotFound)
    draft = await request.json(_draft)
    made = await shop.reviews.add(shop.store, book_id, principal.reader_id, draft)
    shop.readers.changed(principal.reader_id)
    location = (b"location", f"/api/v1/books/{book_id}/reviews/{made.review.id}".encode())
    return written(made.review, made.review.version, made.token, location, status=201)


@endpoint(
    "PUT",
    ONE,
    tag="reviews",
    may="reviews:write",
    body=ReviewDraft,
    answer=Review,
    problems=(400, 401, 403, 404, 408, 412, 413, 415, 428, 503),
    request_headers=(IF_MATCH,),
    answer_headers=(ETAG, INDEX_VERSION),
)
async def change_review(request: Request) -> Answer:
    """Change a review of one's own."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    review_id = request.path_id("review_id", ReviewNotFound)
    version = expected_version(request, ReviewChanged)
    draft = await request.json(_draft)
    made = await shop.reviews.change(shop.store, review_id, principal.reader_id, draft, version)
    shop.readers.changed(principal.reader_id)
    return written(made.review, made.review.version, made.token)


@endpoint(
    "DELETE",
    ONE,
    tag="reviews",
    may="reviews:write",
    status=204,
    problems=(401, 403, 404, 412, 428, 503),
    request_headers=(IF_MATCH,),
    answer_headers=(INDEX_VERSION,),
)
async def delete_review(request: Request) -> Answer:
    """Take a review of one's own back."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    review_id = request.path_id("review_id", ReviewNotFound)
    version = expected_version(request, ReviewChanged)
    token = await shop.reviews.delete(shop.store, review_id, principal.reader_id, version)
    shop.readers.changed(principal.reader_id)
    return Empty(204, ((b"index-version", token.encode()),))


ENDPOINTS = (reviews, add_review, change_review, delete_review)
