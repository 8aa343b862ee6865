"""Tags into categories: noise, synonyms, and what tells most."""

from core.importing.categories import CategoryRules, Tags

NAMES = {
    "Fantasy": ("fantasy",),
    "Science fiction": ("sci fi", "science fiction"),
    "Young adult": ("ya", "young adult"),
    "Fiction": ("fiction",),
}


def categories(cell: str, **rules: object) -> tuple[str, ...]:
    return Tags(CategoryRules(column="tags", **rules)).categories(cell)  # type: ignore[arg-type]


def test_tags_stand_for_themselves_without_names() -> None:
    assert categories("poetry|Poetry|travel; food", keep=3) == ("Poetry", "Travel", "Food")


def test_shelf_noise_is_dropped() -> None:
    assert categories("to-read|my-favorites|poetry", drop=("to read", "favorites")) == ("Poetry",)


def test_synonyms_are_one_category_and_the_most_told_comes_first() -> None:
    cell = "fantasy|ya|young-adult|ya-books"

    assert categories(cell, names=NAMES) == ("Young adult", "Fantasy")


def test_mixed_tag_adds_to_what_is_told_and_brings_in_nothing_new() -> None:
    assert categories("fantasy|fantasy-sci-fi|sci-fi-fantasy", names=NAMES) == ("Fantasy",)
    assert categories("ya|sci-fi|fantasy|fantasy-sci-fi", names=NAMES)[:2] == (
        "Fantasy",
        "Science fiction",
    )


def test_longer_phrase_wins_over_the_shorter_inside_it() -> None:
    assert categories("science-fiction", names=NAMES) == ("Science fiction",)


def test_general_category_is_kept_only_where_no_other_is_left() -> None:
    assert categories("fiction|fantasy", names=NAMES, general=("Fiction",)) == ("Fantasy",)
    assert categories("fiction", names=NAMES, general=("Fiction",)) == ("Fiction",)


def test_prefix_chooses_tags_and_the_cut_shortens_them() -> None:
    cell = "Category: Novels|Best Books|Category: Whales -- Fiction"

    assert categories(cell, prefix="Category: ", cut=" -- ") == ("Novels", "Whales")


def test_no_more_are_kept_than_asked_for() -> None:
    assert categories("|".join(f"tag {n}" for n in range(50)), keep=5) == (
        "Tag 0", "Tag 1", "Tag 2", "Tag 3", "Tag 4",
    )  # fmt: skip


def test_description_among_the_tags_is_no_category() -> None:
    assert categories("x" * 61 + "|poetry") == ("Poetry",)
