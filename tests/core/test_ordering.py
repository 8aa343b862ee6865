import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.search.ordering import ascending, stable_order

NUMBERS = st.integers(0, 3) | st.integers(0, 2**64 - 1) | st.integers(2**63, 2**63 + 7)


@given(arrays.arrays(np.uint64, st.integers(0, 60), elements=NUMBERS))
def test_order_is_that_of_a_stable_sort_whatever_bits_tell_keys_apart(
    keys: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
) -> None:
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@given(arrays.arrays(np.uint32, st.integers(0, 60), elements=st.integers(0, 2**32 - 1)))
def test_order_of_short_keys_is_that_of_a_stable_sort(
    keys: "np.ndarray[tuple[int], np.dtype[np.uint32]]",
) -> None:
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


def test_order_of_many_keys_that_differ_in_their_lowest_bits_alone() -> None:
    keys = np.random.default_rng(3).integers(0, 50, 100_000).astype(np.uint64)
    keys |= np.uint64(1) << np.uint64(63)

    assert (stable_order(keys) == np.argsort(keys, kind="stable")).all()


@given(arrays.arrays(np.float64, 30, elements=st.floats(allow_nan=False)))
def test_numbers_stand_in_the_order_of_their_values(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> None:
    order = stable_order(ascending(values))

    assert order.tolist() == np.argsort(values, kind="stable").tolist()
