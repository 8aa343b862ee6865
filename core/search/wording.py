"""Titles that are asked for word for word, told from those that say the same words otherwise."""

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.analysis import terms_of
from core.search.snapshot import Snapshot
from core.search.understanding import title_proper


class _Titled(Struct, frozen=True):
    title: str


_titled = msgspec.json.Decoder(_Titled)


def otherwise(snapshot: Snapshot, keys: NDArray[np.int64], q: str) -> NDArray[np.bool_]:
    """Which titles have their words in another order or number than q and its title proper; (k,).

    None where all have.
    """
    asked = (terms_of(q), terms_of(title_proper(q)))
    titles = [_titled.decode(snapshot.list_json(key)).title for key in keys.tolist()]
    other: NDArray[np.bool_] = np.array([terms_of(title) not in asked for title in titles])
    return other & ~other.all()
