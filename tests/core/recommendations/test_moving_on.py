"""The page after the index or the model changed."""

from typing import Any

import msgspec
import numpy as np

from core.recommendations.history import NOTHING
from core.recommendations.scenes import Scenes
from core.search.snapshot import Horizon

BOOKS = 120


def test_a_changed_book_is_shown_as_it_is_now_and_a_removed_one_not_at_all(own_shop: Any) -> None:
    first, second = own_shop.numbers(own_shop.for_reader(own_shop.history({10: 5})))[:2]
    renamed = msgspec.structs.replace(own_shop.books[first], title="Another name", version=2)

    own_shop.writer.apply([renamed], [own_shop.books[second].id], Horizon(2, 2), "later")
    own_shop.refresh()
    found = own_shop.for_reader(own_shop.history({10: 5}))

    assert found[0]["title"] == "Another name"
    assert second not in own_shop.numbers(found)
    popular = own_shop.results(own_shop.recommendations.popular(size=BOOKS))
    assert "Another name" in [hit["title"] for hit in popular]
    assert second not in own_shop.numbers(popular)


def test_a_new_model_is_served_from_the_next_request_on(own_shop: Any) -> None:
    before = msgspec.json.decode(own_shop.recommendations.for_reader(NOTHING))

    own_shop.model = own_shop.trained("m2")
    after = msgspec.json.decode(own_shop.recommendations.for_reader(NOTHING))

    assert (before["model_version"], after["model_version"]) == ("m1", "m2")


def test_moving_on_with_the_index_is_the_same_as_starting_afresh(own_shop: Any) -> None:
    kept = Scenes(lambda: own_shop.model, lambda: own_shop.view)
    kept.now()
    changed = [
        msgspec.structs.replace(own_shop.books[number], review_count=5_000 + number, version=2)
        for number in (3, 50, 51)
    ]
    own_shop.writer.apply(changed, [own_shop.books[4].id], Horizon(2, 2), "later")
    own_shop.refresh()

    moved, fresh = kept.now(), Scenes(lambda: own_shop.model, lambda: own_shop.view).now()

    for name in ("row_of", "book_of", "worth", "marks"):
        assert getattr(moved, name).tolist() == getattr(fresh, name).tolist(), name
    assert np.count_nonzero(moved.worth == 0) == 1
    assert moved.volumes.of(own_shop.view.snapshot, 0).tolist() == fresh.series(0)
    assert moved.popular.rows.tolist() == fresh.popular.rows.tolist()
