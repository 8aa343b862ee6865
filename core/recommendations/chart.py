"""A comparison as a picture: one bar a model with its interval, plain SVG."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from core.recommendations.comparison import Compared

WIDTH, LEFT, ROW, TOP = 720, 220, 30, 50


def bar_chart(models: Sequence[Compared], metric: str, title: str) -> str:
    """An SVG document; longest bar for the largest upper bound."""
    height = TOP + ROW * len(models) + 20
    lines = "\n".join(_lines(models, metric))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="14">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
        f'<text x="12" y="28" font-size="16">{escape(title)}</text>\n{lines}\n</svg>\n'
    )


def _lines(models: Sequence[Compared], metric: str) -> Iterator[str]:
    largest = max((model.metrics[metric].high for model in models), default=0) or 1
    scale = (WIDTH - LEFT - 90) / largest
    for place, model in enumerate(models):
        reached, y = model.metrics[metric], TOP + ROW * place
        middle = y + ROW / 2 - 3
        low, high = LEFT + reached.low * scale, LEFT + reached.high * scale
        yield (
            f'<text x="{LEFT - 10}" y="{middle + 5:.1f}" text-anchor="end">'
            f"{escape(model.name)}</text>"
            f'<rect x="{LEFT}" y="{y}" width="{reached.mean * scale:.1f}" height="{ROW - 8}"'
            f' fill="{"#8a4b2a" if place == 0 else "#c9b8a5"}"/>'
            f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}" stroke="#222"/>'
            f'<text x="{high + 8:.1f}" y="{middle + 5:.1f}">{reached.mean:.3f}</text>'
        )
