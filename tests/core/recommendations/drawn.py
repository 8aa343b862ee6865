"""What Hypothesis draws of readers and filters for the small shop."""

from hypothesis import strategies as st

BOOKS = 120

RATINGS = st.dictionaries(st.integers(0, BOOKS - 1), st.integers(1, 5), max_size=40)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from([("Fantasy",), ("Crime",), ("Shelf 3",)]),
        "in_stock": st.booleans(),
        "rating_min": st.sampled_from([3.5, 4.5]),
        "price_max": st.sampled_from(["10.50", "11.00"]),
    },
)
