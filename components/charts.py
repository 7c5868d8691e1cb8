"""Larger pictures as Plotly figures: plain dicts in one piece, all words written beforehand.

No figure knows whether it is light or dark: bands are transparent tints, lines stand out on both,
and words take the theme's own colour. Floats are for axes only.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from html import escape

from billing_core.period import BillingPeriod
from components.format import Format, plural
from components.marks import Band

VARIABLE = "#2F7DD1"
BEFORE = "#808B96"
BAND = "rgba(91,107,124,{:.2f})"
BURST_BAND = "rgba(201,138,27,0.20)"
GAP = "rgba(128,139,150,0.28)"
HEIGHT = 380
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_LABEL_ROOM = 0.065  #: of the height; closer than that two labels would touch
Figure = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A quantity of the period at an instant."""

    at: datetime
    quantity: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBand:
    """A tier's band and the words in it, such as ``Growth  € 0.11``."""

    band: Band
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnUp:
    """What the picture of a period shows."""

    period: BillingPeriod
    unit: str
    points: tuple[Point, ...]  #: ordered; from the period's start to now or its end
    before: tuple[Point, ...]  #: last month, moved onto this period's days
    before_label: str
    bands: tuple[LabelledBand, ...]
    gaps: tuple[tuple[datetime, datetime], ...]  #: without records; half-open
    today: datetime | None  #: None once the period has ended


def burn_up(picture: BurnUp, writing: Format) -> Figure:
    """Draw how a period's quantity grows through its tiers, beside last month's."""
    top = top_of(picture)
    layout = _layout(picture, writing, top)
    return {"data": [*_ghost(picture, writing), _course(picture, writing)], "layout": layout}


def top_of(picture: BurnUp) -> float:
    """Give the upper end of the scale: a little above the next bound, if that is in reach.

    A bound further away than four times what is known is left out, else the course would lie flat.
    """
    highest = max((float(p.quantity) for p in (*picture.points, *picture.before)), default=0.0)
    bounds = [float(b.band.starts_at) for b in picture.bands if b.band.starts_at > 0]
    ahead = [bound for bound in bounds if bound > highest]
    if ahead and (not highest or ahead[0] <= highest * 4):
        return ahead[0] * 1.14
    return highest * 1.2 or 1.0


def _local(writing: Format, at: datetime) -> str:
    return writing.local(at).replace(tzinfo=None).isoformat(timespec="seconds")


def _course(picture: BurnUp, writing: Format) -> Figure:
    xs: list[str] = []
    ys: list[float | None] = []
    words: list[str] = []
    for point in picture.points:
        if any(start < point.at <= end for start, end in picture.gaps):
            xs.append(_local(writing, point.at))
            ys.append(None)
            words.append("")
        xs.append(_local(writing, point.at))
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
    xs = [_local(writing, point.at) for point in picture.before]
    ys: list[float | None] = [float(point.quantity) for point in picture.before]
    words = [
        f"{escape(picture.before_label)}<br>{escape(writing.amount_of(p.quantity, picture.unit))}"
        for p in picture.before
    ]
    return [_trace(xs, ys, words, {"color": BEFORE, "width": 1.5, "dash": "dot"})]


def _layout(picture: BurnUp, writing: Format, top: float) -> Figure:
    return {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": _days_axis(picture, writing),
        "yaxis": _bounds_axis(picture, writing, top),
        "shapes": [
            *_band_shapes(picture, top),
            *_gap_shapes(picture, writing),
            *_today(picture, writing),
        ],
        "annotations": [
            *_band_labels(picture, writing, top),
            *_gap_labels(picture, writing),
            *_today_label(picture, writing),
            *_ghost_label(picture, writing, top),
        ],
    }


def _days_axis(picture: BurnUp, writing: Format) -> Figure:
    starts = picture.period.day_starts()
    shown = [place for place in range(0, len(starts), 7) if place < len(starts) - 1]
    return {
        "range": [
            _local(writing, picture.period.starts_at),
            _local(writing, picture.period.ends_at),
        ],
        "tickvals": [_local(writing, starts[place]) for place in shown],
        "ticktext": [writing.short_day(writing.local(starts[place]).date()) for place in shown],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _bounds_axis(picture: BurnUp, writing: Format, top: float) -> Figure:
    values = _readable([float(b.band.starts_at) for b in picture.bands], top)
    if len(values) == 1:
        values = [0.0, top / 1.2]
    ticks = [f"{writing.quantity(Fraction(value), 0 if value >= 10 else 3)}" for value in values]  # noqa: PLR2004 - below ten, decimals matter
    ticks[-1] = f"{ticks[-1]} {escape(plural(picture.unit))}"
    return {
        "range": [0, top],
        "tickvals": values,
        "ticktext": ticks,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _readable(values: list[float], top: float) -> list[float]:
    """Leave out what stands so near to the last one shown that the labels would touch."""
    kept: list[float] = []
    for value in values:
        if value < top and (not kept or value - kept[-1] > top * _LABEL_ROOM):
            kept.append(value)
    return kept


def _band_shapes(picture: BurnUp, top: float) -> list[Figure]:
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": float(entry.band.starts_at),
            "y1": top if entry.band.ends_at is None else min(float(entry.band.ends_at), top),
            "line": {"width": 0},
            "fillcolor": BURST_BAND
            if entry.band.burst
            else BAND.format(0.05 + 0.06 * min(place, 3)),
        }
        for place, entry in enumerate(picture.bands)
        if float(entry.band.starts_at) < top
    ]


def _band_labels(picture: BurnUp, writing: Format, top: float) -> list[Figure]:
    labels = []
    for entry in picture.bands:
        start = float(entry.band.starts_at)
        end = top if entry.band.ends_at is None else min(float(entry.band.ends_at), top)
        if end - start > top * _LABEL_ROOM:
            labels.append(
                _label(
                    _local(writing, picture.period.starts_at),
                    end,
                    entry.label,
                    "left",
                    "top",
                )
            )
    return labels


def _label(x: str, y: float, words: str, xanchor: str, yanchor: str) -> Figure:
    return {
        "x": x, "y": y, "text": escape(words), "showarrow": False, "xanchor": xanchor,
        "yanchor": yanchor, "font": {"size": 13}, "xshift": 6 if xanchor == "left" else -6,
    }  # fmt: skip


def _gap_shapes(picture: BurnUp, writing: Format) -> list[Figure]:
    return [
        {
            "type": "rect",
            "layer": "below",
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "x0": _local(writing, start),
            "x1": _local(writing, end),
            "line": {"width": 0},
            "fillcolor": GAP,
        }
        for start, end in picture.gaps
    ]


def _gap_labels(picture: BurnUp, writing: Format) -> list[Figure]:
    return [
        _label(_local(writing, start + (end - start) / 2), 0, "no records", "center", "bottom")
        | {"xshift": 0, "textangle": -90, "font": {"size": 12}}
        for start, end in picture.gaps
    ]


def _today(picture: BurnUp, writing: Format) -> list[Figure]:
    if picture.today is None:
        return []
    x = _local(writing, picture.today)
    line = {"color": BEFORE, "width": 1}
    return [{"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}]


def _today_label(picture: BurnUp, writing: Format) -> list[Figure]:
    if picture.today is None:
        return []
    late = (
        picture.today - picture.period.starts_at
        > (picture.period.ends_at - picture.period.starts_at) * 0.8
    )
    side = "right" if late else "left"
    return [_label(_local(writing, picture.today), 0, "today", side, "bottom")]


def _ghost_label(picture: BurnUp, writing: Format, top: float) -> list[Figure]:
    if not picture.before:
        return []
    last = picture.before[-1]
    y = min(float(last.quantity), top)
    side = "top" if y > top * 0.92 else "bottom"
    return [_label(_local(writing, picture.period.ends_at), y, picture.before_label, "right", side)]
