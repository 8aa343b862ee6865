"""Latency by percentile as a picture, both axes logarithmic, the tail as wide as the rest."""

import math
from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 200, 50, 50
COLOURS = (
    "#222222",
    "#8a4b2a",
    "#1f6f78",
    "#6a4c93",
    "#b08900",
    "#3a5a40",
    "#9d4edd",
    "#577590",
    "#bc4749",
)
Height = Callable[[float], float]
"""From milliseconds to the place on the picture."""
SHARES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def percentile_chart(latencies: Mapping[str, NDArray[np.float64]], title: str) -> str:
    """An SVG document. latencies: seconds by the name of a line, (n,) each, n at least 1."""
    longest = max(float(each.max()) for each in latencies.values())
    shortest = min(float(each.min()) for each in latencies.values())
    low, high = math.floor(math.log10(shortest * 1e3)), math.ceil(math.log10(longest * 1e3))
    scale = (HEIGHT - TOP - BOTTOM) / max(1, high - low)

    def y(milliseconds: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(milliseconds) - low) * scale

    lines = "\n".join((*_grid(low, max(high, low + 1), y), *_lines(latencies, y)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="12" y="28" font-size="16">{escape(title)}</text>\n{lines}\n</svg>\n'
    )


def _x(share: float) -> float:
    """Every further nine takes as much room as the one before."""
    nines = -math.log10(max(1.0 - share, 10.0 ** -(len(SHARES) - 2)))
    return LEFT + nines / (len(SHARES) - 2) * (WIDTH - LEFT - RIGHT)


def _grid(low: int, high: int, y: Height) -> Iterator[str]:
    for power in range(low, high + 1):
        at = y(10.0**power)
        yield (
            f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>'
        )
    for share in SHARES[1:]:
        at = _x(share)
        yield (
            f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
            f"{100 * share:g} %</text>"
        )


def _lines(latencies: Mapping[str, NDArray[np.float64]], y: Height) -> Iterator[str]:
    for place, (name, seconds) in enumerate(latencies.items()):
        most = min(SHARES[-1], 1.0 - 1.0 / len(seconds)) if len(seconds) > 1 else 0.5
        shares = 1.0 - np.logspace(0.0, math.log10(1.0 - most), 120)
        points = np.quantile(seconds, shares) * 1e3
        path = " ".join(
            f"{_x(share):.1f},{y(point):.1f}"
            for share, point in zip(shares.tolist(), points.tolist(), strict=True)
        )
        colour = COLOURS[place % len(COLOURS)]
        at = TOP + 20 * place
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield (
            f'<path d="M{WIDTH - RIGHT + 14} {at}h20" stroke="{colour}" stroke-width="3"/>'
            f'<text x="{WIDTH - RIGHT + 40}" y="{at + 5}">{escape(name)}</text>'
        )
