"""Recommendations as a store's pages use them: one call a question, an encoded answer back."""

from collections.abc import Callable
from itertools import islice
from uuid import UUID

import numpy as np

from core.catalogue.book import BookNotFound
from core.experiments.interleaving import team_draft
from core.recommendations.alternatives import alternative_picks
from core.recommendations.blend import asked_categories, reader_picks
from core.recommendations.crowd import CROWD_DAYS, popular_of_late, popular_rows, trending_rows
from core.recommendations.history import NOTHING, History
from core.recommendations.mix import USUAL, Mix
from core.recommendations.model import Model
from core.recommendations.pick import Pick, answer
from core.recommendations.popularity import ranking
from core.recommendations.reading import Reading, reading_of
from core.recommendations.reasons import crowd_pick
from core.recommendations.scene import Scene
from core.recommendations.scenes import Scenes
from core.recommendations.shelf import DEPTH
from core.recommendations.similar import similar_picks
from core.search.columns import NONE
from core.search.filters import Passing
from core.search.request import Filters
from core.search.view import View

NO_FILTERS = Filters()


class Recommendations:
    """One store's recommendations.

    models: gives the model of now, None before the first. views: the newest view of the
    store's index. Every answer is a JSON object of `model_version` (null without a model),
    `index_version` and `results`: books in list form with `score` and `reason`, and
    `reason_book_id` where a book is the reason. All raise IndexUnavailable as the views do.
    """

    def __init__(self, models: Callable[[], Model | None], views: Callable[[], View]) -> None:
        self._scenes = Scenes(models, views)

    def prepare(self, model: Model | None, view: View) -> None:
        """See `Scenes.prepare`: the first who asks of a new model or index waits no longer."""
        self._scenes.prepare(model, view)

    def keep_up(self) -> None:
        """See `Scenes.keep_up`."""
        self._scenes.keep_up()

    def for_reader(
        self,
        history: History,
        filters: Filters = NO_FILTERS,
        *,
        size: int = 20,
        mix: Mix = USUAL,
    ) -> bytes:
        """Books for one reader, none that was read; see `blend.reader_picks`."""
        scene = self._scenes.now()
        return answer(scene, reader_picks(scene, history, filters, size, mix))

    def interleaved(
        self,
        history: History,
        filters: Filters,
        mixes: tuple[Mix, Mix],
        seed: int,
        *,
        size: int = 20,
    ) -> tuple[bytes, bytes]:
        """Two mixes drafted into one list, a work once, and the team of each book."""
        scene = self._scenes.now()
        lists = [reader_picks(scene, history, filters, size, mix) for mix in mixes]
        by_work = [{scene.work(pick.row): pick for pick in picks} for picks in lists]
        drafted = team_draft([*by_work[0]], [*by_work[1]], size, seed=seed)
        picks = [by_work[team][work] for work, team in drafted]
        return answer(scene, picks), bytes(team for _, team in drafted)

    def similar(self, book_id: UUID, *, size: int = 10) -> bytes:
        """Books like one book; see `similar.similar_picks`. Raises BookNotFound."""
        scene = self._scenes.now()
        row = scene.view.snapshot.ordinal_of(book_id)
        if row == NONE:
            raise BookNotFound(f"no book has the id {book_id}")
        return answer(scene, similar_picks(scene, row, size))

    def alternatives(self, book_id: UUID, *, size: int = 10) -> bytes:
        """Books in stock instead of one book; see `alternative_picks`. Raises BookNotFound."""
        scene = self._scenes.now()
        row = scene.view.snapshot.ordinal_of(book_id)
        if row == NONE:
            raise BookNotFound(f"no book has the id {book_id}")
        return answer(scene, alternative_picks(scene, row, size))

    def trending(
        self, days: int = CROWD_DAYS, filters: Filters = NO_FILTERS, *, size: int = 20
    ) -> bytes:
        """What readers turned to in the last 1, 7 or 30 days; popular books fill up."""
        scene = self._scenes.now()
        passing, reading = Passing(scene.view, filters), _asking(scene, filters)
        found = islice(trending_rows(scene, passing, days), size)
        picks = [crowd_pick(scene, reading, row, part, word="Trending") for row, part in found]
        taken = {pick.row for pick in picks}
        rest = (row for row in popular_rows(scene, passing) if row not in taken)
        picks += [
            crowd_pick(scene, reading, row, 0.0, word="Popular")
            for row in islice(rest, size - len(picks))
        ]
        return answer(scene, picks)

    def popular(
        self, filters: Filters = NO_FILTERS, *, size: int = 20, days: int | None = None
    ) -> bytes:
        """The most and best rated books; days: first those that readers turned to of late."""
        scene = self._scenes.now()
        passing, reading = Passing(scene.view, filters), _asking(scene, filters)
        popularity = scene.view.snapshot.columns.popularity
        rows = popular_rows(scene, passing)
        if days is not None:
            rows = popular_of_late(scene, passing, days)
        return answer(
            scene,
            [
                crowd_pick(scene, reading, row, float(popularity[row]), word="Popular")
                for row in islice(rows, size)
            ],
        )

    def bestsellers(self, *, size: int = 10) -> bytes:
        """The books of which most copies were sold when the model was trained."""
        scene = self._scenes.now()
        if scene.model is None:
            return answer(scene, ())
        units = scene.model.units
        sold = ranking(units.astype(np.float32), DEPTH)
        rows = scene.row_of[sold]
        shown = np.flatnonzero(rows != NONE)[:size]
        most = max(int(units.max(initial=0)), 1)
        return answer(
            scene,
            [
                Pick(int(row), int(units[book]) / most, f"{units[book]} sold")
                for row, book in zip(rows[shown], sold[shown], strict=True)
            ],
        )


def _asking(scene: Scene, filters: Filters) -> Reading | None:
    """Of whoever asks only the filters are known."""
    asked = asked_categories(scene, filters)
    return reading_of(scene, NOTHING, asked) if asked else None
