"""Larger pictures as Plotly figures: plain dicts in one piece, all words written beforehand.

No figure knows whether it is light or dark: bands are transparent tints, lines stand out on both,
and words take the theme's own colour. Floats are for axes only.
"""

from functools import cache
from html import escape
from typing import cast

from plotly.basedatatypes import BaseFigure
from plotly.graph_objs import Figure as Checked

from components.charts_layout import BEFORE, layout_of
from components.charts_picture import BurnUp, Figure, Point, local_text, top_of
from components.format import Format

VARIABLE = "#2F7DD1"
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


class Finished(BaseFigure):  # type: ignore[misc]  # plotly has no types
    """A figure of our own, drawn without being checked and copied each time: a test checks them."""

    def __init__(self, made: Figure) -> None:
        """Take a figure; of the class above only the name is needed."""
        self._made = made

    def to_dict(self) -> Figure:
        """Give the figure as it is written to the browser: with the template of all figures."""
        layout = cast("Figure", self._made["layout"])
        return {**self._made, "layout": {**layout, "template": _template()}}


@cache
def _template() -> object:
    return Checked().to_dict()["layout"]["template"]


def burn_up(picture: BurnUp, writing: Format) -> Figure:
    """Draw how a period's quantity grows through its tiers, beside last month's."""
    top = top_of(picture)
    layout = layout_of(picture, writing, top)
    return {"data": [*_ghost(picture, writing), _course(picture, writing)], "layout": layout}


def _course(picture: BurnUp, writing: Format) -> Figure:
    xs: list[str] = []
    ys: list[float | None] = []
    words: list[str] = []
    for point in picture.points:
        if any(start < point.at <= end for start, end in picture.gaps):
            xs.append(local_text(writing, point.at))
            ys.append(None)
            words.append("")
        xs.append(local_text(writing, point.at))
        ys.append(float(point.quantity))
        words.append(_words(point, picture.unit, writing))
    line = {"color": VARIABLE, "width": 3}
    return _trace(xs, ys, words, line)


def _trace(xs: list[str], ys: list[float | None], words: list[str], line: Figure) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
        "line": line,
        "connectgaps": False,
        "showlegend": False,
        "cliponaxis": False,
    }


def _words(point: Point, unit: str, writing: Format) -> str:
    quantity = escape(writing.amount_of(point.quantity, unit))
    day = writing.short_day(writing.local(point.at).date())
    return f"{day}, {writing.time(point.at)}<br>{quantity}"


def _ghost(picture: BurnUp, writing: Format) -> list[Figure]:
    if not picture.before:
        return []
    xs = [local_text(writing, point.at) for point in picture.before]
    ys: list[float | None] = [float(point.quantity) for point in picture.before]
    words = [
        f"{escape(picture.before_label)}<br>{escape(writing.amount_of(p.quantity, picture.unit))}"
        for p in picture.before
    ]
    return [_trace(xs, ys, words, {"color": BEFORE, "width": 1.5, "dash": "dot"})]
