"""Reviews in lists."""

import msgspec
from msgspec import Struct

from api.schemas.books import Links
from core.reviews.review import Review


class ReviewList(Struct, kw_only=True):
    """count: of all; results: this page of them, newest first."""

    count: int
    page: int
    size: int
    results: tuple[Review, ...]
    links: Links = msgspec.field(name="_links")
