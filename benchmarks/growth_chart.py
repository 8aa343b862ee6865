"""Costs by the size of the catalogue as a picture, both axes logarithmic."""

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from core.load.chart import COLOURS

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 80, 210, 50, 50


def growth_chart(sizes: Sequence[int], lines: Mapping[str, Sequence[float]]) -> str:
    """An SVG document. lines: microseconds of each size, by what they are of."""
    low = math.floor(math.log10(min(min(values) for values in lines.values())))
    high = math.ceil(math.log10(max(max(values) for values in lines.values())))
    width = (WIDTH - LEFT - RIGHT) / math.log10(sizes[-1] / sizes[0])
    height = (HEIGHT - TOP - BOTTOM) / (high - low)

    def place(size: float, value: float) -> tuple[float, float]:
        return (
            LEFT + width * math.log10(size / sizes[0]),
            HEIGHT - BOTTOM - height * (math.log10(value) - low),
        )

    def drawn() -> Iterator[str]:
        for power in range(low, high + 1):
            _, y = place(sizes[0], 10.0**power)
            yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,} µs</text>'
        for size in sizes:
            x, _ = place(size, 1)
            yield f'<text x="{x:.1f}" y="{HEIGHT - 24}" text-anchor="middle">{size:,}</text>'
        for number, (name, values) in enumerate(lines.items()):
            points = [place(*pair) for pair in zip(sizes, values, strict=True)]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            colour, at = COLOURS[number % len(COLOURS)], TOP + 20 * number
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            yield f'<path d="M{WIDTH - RIGHT + 14} {at}h20" stroke="{colour}" stroke-width="3"/>'
            yield f'<text x="{WIDTH - RIGHT + 40}" y="{at + 5}">{escape(name)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        '<text x="12" y="28" font-size="16">Processor a request, by books, without HTTP</text>\n'
        + "\n".join(drawn())
        + "\n</svg>\n"
    )
