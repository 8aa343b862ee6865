"""Laws of the drawn cover: well-formed, the same every time, and inside its edges."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.catalogue.cover import PALETTES, cover_svg
from core.catalogue.cover_designs import DESIGNS
from core.catalogue.cover_sheet import WIDTH, Palette
from core.catalogue.typesetting import ems_of, fit, plain, right_to_left, wrap

SVG = "{http://www.w3.org/2000/svg}"


@given(st.text(), st.lists(st.text(), max_size=6).map(tuple), st.text())
@example("<script>alert(1)</script> & \x00\x1b\ufffe", ('"><svg onload=x>',), "seed")
@example("\ud800 half a surrogate", ("\udfff",), "\ud800")
def test_any_text_gives_well_formed_xml(title: str, authors: tuple[str, ...], seed: str) -> None:
    svg = cover_svg(title, authors, seed)

    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert not list(root.iter(f"{SVG}script"))


@given(st.text(), st.lists(st.text(), max_size=3).map(tuple), st.text())
def test_same_arguments_give_same_bytes(title: str, authors: tuple[str, ...], seed: str) -> None:
    assert cover_svg(title, authors, seed) == cover_svg(title, authors, seed)


def test_two_editions_of_a_book_look_different() -> None:
    one, other = (cover_svg("Emma", ("Jane Austen",), f"edition {n}") for n in (1, 2))

    assert b'aria-label="Emma, Jane Austen"' in one
    assert one != other


def test_every_design_and_palette_is_drawn() -> None:
    covers = [cover_svg("Emma", ("Jane Austen",), str(seed)).decode() for seed in range(600)]

    shapes = {re.sub(r"[-#\d.a-f]+", "", re.sub(r"<text.*?</text>", "", c))[:300] for c in covers}
    grounds = {found[1] for c in covers if (found := re.search(r'<rect[^>]*fill="(#\w+)"', c))}
    assert grounds == {palette.ground for palette in PALETTES}
    assert len(shapes) >= len(DESIGNS)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.ground)
def test_text_stands_out_from_its_ground(palette: Palette) -> None:
    assert _contrast(palette.ground, palette.ink) >= 7


@given(st.text(alphabet=st.characters(categories=("L", "M", "N", "P", "Z")), max_size=200))
@example("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft")
@example("紅樓夢：一部關於賈府興衰的長篇小說，以及大觀園中的青春與夢")
def test_no_line_is_wider_than_its_box(title: str) -> None:
    setting = fit(plain(title), width=300, height=160, largest=60, smallest=15)

    assert setting.height <= 160 or len(setting.lines) == 1
    for line in setting.lines:
        # A mark that stands alone or a full stop that may not start a line hangs over by itself.
        hanging = len(line) < 2 or not line[-1].isalnum()
        assert hanging or ems_of(line) * setting.size <= 300 * 1.2


def test_lines_of_a_title_are_about_equally_long() -> None:
    lines = wrap("The Restaurant at the End of the Universe", 12)

    assert lines is not None
    assert max(map(ems_of, lines)) < 1.8 * min(map(ems_of, lines))


def test_chinese_breaks_between_characters_and_never_before_a_comma() -> None:
    lines = wrap("紅樓夢，青春與夢，大觀園", 4)

    assert lines is not None
    assert len(lines) > 2
    assert not any(line.startswith("，") for line in lines)


def test_arabic_is_set_from_the_right() -> None:
    svg = cover_svg("ألف ليلة وليلة", (), "any").decode()

    assert right_to_left("«ألف»")
    assert 'direction="rtl"' in svg


def test_long_titles_end_in_an_ellipsis_inside_the_cover() -> None:
    svg = cover_svg("word " * 300, ("Author",), "long").decode()

    lines = [span.text or "" for span in ElementTree.fromstring(svg).iter(f"{SVG}tspan")]
    assert any(line.endswith("…") for line in lines)
    assert all(ems_of(line) * 13 < WIDTH for line in lines)


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colours."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
