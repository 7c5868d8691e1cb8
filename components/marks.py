"""Small pictures as inline SVG, drawn from our own numbers, each with a text alternative.

Places across are percentages, so a mark fills its panel and its words keep their size. Colours are
classes of ``look.css``, which follow light and dark. Floats are for places on the picture only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from components.markup import escaped

BULLET_HEIGHT = 28
COLUMNS_HEIGHT = 150
_AXIS_HEIGHT = 22
_HEAD_HEIGHT = 14
Number = Fraction | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A tier on a bullet's scale."""

    name: str
    starts_at: Fraction  #: exclusive; the bound belongs to the tier below
    ends_at: Fraction | None  #: inclusive; None: open
    burst: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One upright bar of stacked parts."""

    label: str  #: under the bar, empty for none
    title: str  #: what a pointer over the bar is told
    fixed: Number = Decimal(0)
    variable: Number = Decimal(0)
    warned: bool = False  #: drawn in the warning colour


def _svg(height: int, alternative: str, inner: str, classes: str = "mg-mark") -> str:
    return (
        f'<svg class="{classes}" role="img" aria-label="{escaped(alternative)}" '
        f'width="100%" height="{height}">{inner}</svg>'
    )


def _across(value: Number, whole: Number) -> str:
    """Give a place across as a percentage of the whole."""
    share = float(Fraction(value) / Fraction(whole)) if whole else 0.0
    return f"{min(max(share, 0.0), 1.0) * 100:.3f}%"


def _rectangle(x: str, y: float, width: str, height: float, classes: str) -> str:
    return f'<rect x="{x}" y="{y:g}" width="{width}" height="{height:g}" class="{classes}"/>'


def scale_of(quantity: Fraction, bands: tuple[Band, ...]) -> Fraction:
    """Give the quantity at a bullet's right end.

    An open last tier is drawn a seventh of its lower bound wide, or as far as the quantity goes.
    """
    last = bands[-1]
    bound = last.ends_at if last.ends_at is not None else last.starts_at * Fraction(8, 7)
    return max(bound, quantity * Fraction(21, 20), Fraction(1, 10**15))


def bullet(quantity: Fraction, bands: tuple[Band, ...], alternative: str, *, warned: bool) -> str:
    """Draw how far a quantity stands in its tiers.

    Args:
        quantity: On the same scale as the bands.
        bands: The tiers from the first to the last, without gaps.
        alternative: What the picture says, in words.
        warned: From 80 % of the way on, or in a burst tier.
    """
    whole = scale_of(quantity, bands)
    middle = BULLET_HEIGHT / 2
    bar = _rectangle(
        "0", middle - 6, _across(max(quantity, Fraction(0)), whole), 12,
        "mg-fill-warning" if warned else "mg-fill-variable",
    )  # fmt: skip
    return _svg(BULLET_HEIGHT, alternative, _bands(bands, whole) + bar)


def _bands(bands: tuple[Band, ...], whole: Fraction) -> str:
    drawn = []
    for ordinal, band in enumerate(bands):
        end = whole if band.ends_at is None else min(band.ends_at, whole)
        shade = "burst" if band.burst else str(min(ordinal, 2))
        width = _across(max(end - band.starts_at, Fraction(0)), whole)
        start = _across(band.starts_at, whole)
        drawn.append(_rectangle(start, 0, width, BULLET_HEIGHT, f"mg-fill-band-{shade}"))
        if ordinal:
            drawn.append(
                f'<line x1="{start}" x2="{start}" y1="0" y2="{BULLET_HEIGHT}" class="mg-bound"/>'
            )
    return "".join(drawn)


def fixed_and_variable(fixed: Decimal, variable: Decimal, alternative: str) -> str:
    """Draw one bar of two parts: what is fixed, then what is variable."""
    shown = [max(fixed, Decimal(0)), max(variable, Decimal(0))]
    whole = shown[0] + shown[1]
    border = _across(shown[0], whole)
    inner = _rectangle("0", 0, border, 16, "mg-fill-fixed")
    inner += _rectangle(border, 0, _across(shown[1], whole), 16, "mg-fill-variable")
    return _svg(16, alternative, inner)


def _round_step(highest: float) -> float:
    """Give a step of 1, 2 or 5 times a power of ten that reaches the highest in two to five."""
    if highest <= 0:
        return 1.0
    step = 10.0 ** (len(f"{int(highest)}") - 1) if highest >= 1 else 10.0**-3
    while highest / step < 2:  # noqa: PLR2004 - at least two lines are read off
        step /= 2 if f"{step:e}"[0] in "12" else 2.5
    while highest / step > 5:  # noqa: PLR2004 - at most five lines are drawn
        step *= 2 if f"{step:e}"[0] in "15" else 2.5
    return step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upright:
    """The upright scale of a picture of columns."""

    step: float
    top: float

    def y(self, value: float) -> float:
        inner = COLUMNS_HEIGHT - _AXIS_HEIGHT - _HEAD_HEIGHT
        return _HEAD_HEIGHT + inner * (1 - value / self.top)


def _upright(columns: tuple[Column, ...]) -> _Upright:
    highest = max((float(Fraction(c.fixed) + Fraction(c.variable)) for c in columns), default=0.0)
    step = _round_step(highest)
    lines = max(1, -int(-highest // step))
    return _Upright(step=step, top=lines * step)


def stacked_columns(
    columns: tuple[Column, ...], alternative: str, write: Callable[[Decimal], str]
) -> str:
    """Draw upright bars with a few rules to read their height off.

    Args:
        columns: From left to right; negative parts are not drawn (their words tell them).
        alternative: What the picture says, in words.
        write: How the numbers beside the rules are written.
    """
    scale = _upright(columns)
    lines = range(round(scale.top / scale.step) + 1)
    rules = "".join(_rule(scale, count * scale.step, write) for count in lines)
    width = 100 / max(len(columns), 1)
    bars = "".join(
        _column(scale, column, place * width, width) for place, column in enumerate(columns)
    )
    return _svg(COLUMNS_HEIGHT, alternative, rules + bars, "mg-mark mg-columns")


def _rule(scale: _Upright, value: float, write: Callable[[Decimal], str]) -> str:
    y = scale.y(value)
    number = escaped(write(Decimal(f"{value:.12g}")))
    return (
        f'<line x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}" class="mg-rule"/>'
        f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{number}</text>'
    )


def _column(scale: _Upright, column: Column, start: float, width: float) -> str:
    fixed = max(float(column.fixed), 0.0)
    variable = max(float(column.variable), 0.0)
    x, wide = f"{start + width * 0.16:.3f}%", f"{width * 0.68:.3f}%"
    colour = "mg-fill-warning" if column.warned else "mg-fill-variable"
    floor, middle = scale.y(0), scale.y(fixed)
    top = scale.y(fixed + variable)
    drawn = _rectangle(x, middle, wide, floor - middle, "mg-fill-fixed") if fixed else ""
    drawn += _rectangle(x, top, wide, middle - top, colour) if variable else ""
    label = (
        f'<text x="{start + width / 2:.3f}%" y="{COLUMNS_HEIGHT - 6}" text-anchor="middle">'
        f"{escaped(column.label)}</text>"
        if column.label
        else ""
    )
    return f"<g><title>{escaped(column.title)}</title>{drawn}{label}</g>"


def sparkline(values: tuple[Number, ...], alternative: str) -> str:
    """Draw the course of a few values as a line without scale."""
    highest = max((float(value) for value in values), default=0.0) or 1.0
    last = max(len(values) - 1, 1)
    points = " ".join(
        f"{place / last * 100:.2f},{22 - max(float(value), 0.0) / highest * 20:.2f}"
        for place, value in enumerate(values)
    )
    return (
        f'<svg class="mg-mark" role="img" aria-label="{escaped(alternative)}" width="100%" '
        f'height="24" viewBox="0 0 100 24" preserveAspectRatio="none">'
        f'<polyline points="{points}" class="mg-trend"/></svg>'
    )
