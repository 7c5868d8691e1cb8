"""The scales, bands and words of a period's picture."""

from datetime import datetime
from fractions import Fraction
from html import escape

from components.charts_labels import ROOM, Box, corner_of, lines_of
from components.charts_picture import BurnUp, Figure, local_text
from components.format import Format, plural

BEFORE = "#808B96"
BAND = "rgba(91,107,124,{:.2f})"
BURST_BAND = "rgba(201,138,27,0.20)"
GAP = "rgba(128,139,150,0.28)"
HEIGHT = 380
_TODAY_WIDTH = 0.12
_LATE = 0.8  #: of the month; from here on today's label stands before its line
_SHORT_UNIT = 8  #: signs; a longer one stands only above the picture
_LABEL_WIDTH = 0.03  #: of the width; a gap that is narrower has no room for its label


def layout_of(picture: BurnUp, writing: Format, top: float) -> Figure:
    """Give everything of the picture but its lines."""
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
            local_text(writing, picture.period.starts_at),
            local_text(writing, picture.period.ends_at),
        ],
        "tickvals": [local_text(writing, starts[place]) for place in shown],
        "ticktext": [writing.short_day(writing.local(starts[place]).date()) for place in shown],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _bounds_axis(picture: BurnUp, writing: Format, top: float) -> Figure:
    values = _readable([float(b.band.starts_at) for b in picture.bands], top)
    if len(values) <= 1:
        values = [0.0, top / 1.2]
    ticks = [f"{writing.quantity(Fraction(value), 0 if value >= 10 else 3)}" for value in values]  # noqa: PLR2004 - below ten, decimals matter
    unit = plural(picture.unit)
    if len(unit) <= _SHORT_UNIT:
        ticks[-1] = f"{ticks[-1]} {escape(unit)}"
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
        if value < top and (not kept or value - kept[-1] > top * ROOM):
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
    lines, thin = lines_of(picture, top), _today_box(picture)
    for entry in picture.bands:
        start = float(entry.band.starts_at)
        end = top if entry.band.ends_at is None else min(float(entry.band.ends_at), top)
        if end - start > top * ROOM:
            corner = corner_of(entry.label, (start / top, end / top), lines, thin)
            across = picture.period.starts_at if corner.across == "left" else picture.period.ends_at
            y = end if corner.upright == "top" else start
            x = local_text(writing, across)
            labels.append(_label(x, y, entry.label, corner.across, corner.upright))
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
            "x0": local_text(writing, start),
            "x1": local_text(writing, end),
            "line": {"width": 0},
            "fillcolor": GAP,
        }
        for start, end in picture.gaps
    ]


def _gap_labels(picture: BurnUp, writing: Format) -> list[Figure]:
    whole = picture.period.ends_at - picture.period.starts_at
    wide = [gap for gap in picture.gaps if gap[1] - gap[0] > whole * _LABEL_WIDTH]
    return [
        _label(local_text(writing, start + (end - start) / 2), 0, "no records", "center", "bottom")
        | {"xshift": 0, "textangle": -90, "font": {"size": 12}}
        for start, end in wide
    ]


def _today(picture: BurnUp, writing: Format) -> list[Figure]:
    if picture.today is None:
        return []
    x = local_text(writing, picture.today)
    line = {"color": BEFORE, "width": 1}
    return [{"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}]


def _share_of_today(picture: BurnUp, today: datetime) -> float:
    period = picture.period
    return (today - period.starts_at) / (period.ends_at - period.starts_at)


def _today_box(picture: BurnUp) -> list[Box]:
    """Give the room of today's line and its label."""
    if picture.today is None:
        return []
    share = _share_of_today(picture, picture.today)
    return [
        Box(left=share - _TODAY_WIDTH, right=share + _TODAY_WIDTH, low=1 - ROOM, high=1.0),
        Box(left=share, right=share, low=0.0, high=1.0),
    ]


def _today_label(picture: BurnUp, writing: Format) -> list[Figure]:
    if picture.today is None:
        return []
    side = "right" if _share_of_today(picture, picture.today) > _LATE else "left"
    return [_label(local_text(writing, picture.today), 1, "today", side, "top") | {"yref": "paper"}]


def _ghost_label(picture: BurnUp, writing: Format, top: float) -> list[Figure]:
    if not picture.before:
        return []
    last = picture.before[-1]
    y = min(float(last.quantity), top)
    course = float(picture.points[-1].quantity)
    above = picture.today is None and 0 <= course - y < top * ROOM * 2
    side = "top" if above or y > top * 0.92 else "bottom"
    return [
        _label(local_text(writing, picture.period.ends_at), y, picture.before_label, "right", side)
    ]
