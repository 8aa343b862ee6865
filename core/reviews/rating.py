"""The rating a book shows, from imported ratings and our own reviews."""


def shown_rating(
    imported_average: float, imported_count: int, review_total: int, review_count: int
) -> tuple[float, int]:
    """Average (0 to 5, two decimals, 0 when there is none) and how many it stands on.

    imported_average: of imported_count ratings; review_total: the sum of review_count ratings.
    """
    count = imported_count + review_count
    if not count:
        return 0.0, 0
    return round((imported_average * imported_count + review_total) / count, 2), count
