"""What the search box offers: any word may be begun, one slip is forgiven, the popular first."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.search.autocomplete import Completer, build, folded


def offered(search: Any, q: str) -> list[str]:
    return [each["text"] for each in json.loads(search.autocomplete(q=q))]


@pytest.fixture
def shop(make: Any, index: Any) -> Any:
    return index(
        [
            make("Harry Potter", "J. K. Rowling", rating=5, reviews=900),
            make("The Hunger Games", "Suzanne Collins", rating=5, reviews=800),
            make("The Metamorphosis", "Franz Kafka", rating=5, reviews=700),
            make("Hard Times", "Charles Dickens", rating=5, reviews=600),
            make("Война и мир", "Лев Толстой", rating=5, reviews=500),
        ]
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ha", ["Harry Potter", "Hard Times"]),
        ("pot", ["Harry Potter"]),
        ("the h", ["The Hunger Games"]),
        ("hary", ["Harry Potter", "Hard Times"]),
        ("xarry", ["Harry Potter"]),
        ("arry pot", ["Harry Potter"]),
        ("harry poter", ["Harry Potter"]),
        ("harry pottre", ["Harry Potter"]),
        ("hungar ga", ["The Hunger Games"]),
        ("metamorphasis", ["The Metamorphosis"]),
        ("metamorhposis", ["The Metamorphosis"]),
        ("metmaorph", ["The Metamorphosis"]),
        ("metamorphosiss", ["The Metamorphosis"]),
        ("rolwing", ["J. K. Rowling"]),
        ("harrypot", ["Harry Potter"]),
        ("har ry pot", ["Harry Potter"]),
        ("hungergames", ["The Hunger Games"]),
        ("войма", ["Война и мир"]),
        ("толтсой", ["Лев Толстой"]),
        ("xarr", ["Harry Potter"]),
        ("xar", []),
        ("h", []),
        ("zzzzzz", []),
    ],
)
def test_what_was_begun_is_offered(shop: Any, typed: str, expected: list[str]) -> None:
    assert offered(shop, typed) == expected


def test_offer_is_a_text_its_kind_and_the_book(make: Any, index: Any) -> None:
    dune = make('Dune "II" <i>', "Frank Herbert")

    title, author = (
        json.loads(index([dune]).autocomplete(q=typed))[0] for typed in ("dune", "herb")
    )

    assert title == {
        "text": 'Dune "II" <i>',
        "type": "title",
        "highlight": "<mark>Dune</mark> &quot;II&quot; &lt;i&gt;",
        "id": str(dune.id),
    }
    assert author == {
        "text": "Frank Herbert",
        "type": "author",
        "highlight": "Frank <mark>Herb</mark>ert",
    }


def test_equal_titles_are_offered_once(make: Any, index: Any) -> None:
    assert offered(index([make("Dune"), make("Dune"), make("Dune Messiah")]), "dune") == [
        "Dune",
        "Dune Messiah",
    ]


def test_title_is_offered_while_it_is_typed_to_its_end(make: Any, index: Any) -> None:
    title = "Internationalization and Localization"
    shop = index([make(title), make("Internationalization and Other Stories")])

    for letters in range(2, len(title) + 1):
        assert title in offered(shop, title[:letters])


TITLES = [
    f"{first} {second}"
    for first in ("amber", "cellar", "sunset")
    for second in ("dolphin", "kingfisher", "ox")
]


@given(st.sampled_from(TITLES), st.data())
def test_one_slip_from_four_letters_on_is_forgiven(title: str, data: st.DataObject) -> None:
    completer = Completer(
        build(TITLES, np.ones(len(TITLES), np.float32), [], np.zeros(0, np.float32))
    )
    typed = title[: data.draw(st.integers(4, len(title)))]
    word = (
        typed.rpartition(" ")[2] if len(typed.rpartition(" ")[2]) > 4 else typed.partition(" ")[0]
    )
    start = typed.index(word)
    at = start + data.draw(st.integers(1, max(1, len(word) - 2)))
    kind = data.draw(st.sampled_from(["few", "many", "other", "swapped"]))
    slipped = {
        "few": typed[:at] + typed[at + 1 :],
        "many": typed[:at] + "q" + typed[at:],
        "other": typed[:at] + "q" + typed[at + 1 :],
        "swapped": typed[:at] + typed[at + 1 : at + 2] + typed[at : at + 1] + typed[at + 2 :],
    }[kind]
    assume(len(slipped.split()[0]) > 3)
    assume(not list(completer.complete(slipped, limit=10)))

    mended = completer.near(slipped)

    found = completer.heaviest([at for _, at in mended], 20)
    assert title in [completer.suggestion(one).text for one in found]


@given(
    st.lists(st.text("ab ", min_size=1, max_size=12), min_size=1, max_size=60),
    st.text("ab", min_size=1, max_size=3),
)
def test_heaviest_of_a_beginning_are_those_of_a_plain_scan(texts: list[str], typed: str) -> None:
    titles = [text for text in texts if folded(text)] * 12
    weights = np.random.default_rng(len(titles)).random(len(titles)).astype(np.float32)
    completer = Completer(build(titles, weights, [], np.zeros(0, np.float32)))
    matching = [row for row, title in enumerate(titles) if f" {typed}" in f" {folded(title)}"]

    found = completer.complete(typed, limit=10)

    best = sorted(matching, key=lambda row: -weights[row])[:10]
    assert [completer.suggestion(one).ordinal for one in found] == best
    assert [completer.suggestion(one).weight for one in found] == weights[best].tolist()
