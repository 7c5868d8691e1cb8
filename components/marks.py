"""Small pictures drawn from our own numbers, each with a text alternative.

A mark is a box of bars whose places are percentages, so it fills its panel and its words keep their
size. Streamlit strips SVG from HTML, and a bar needs none. Colours are classes of ``look.css``,
which follow light and dark. Floats are for places on the picture only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from components.markup import escaped

COLUMNS_HEIGHT = 160  #: pixels between the lowest and the highest rule
_FEWEST_RULES = 2
_MOST_RULES = 5
Number = Fraction | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A tier on a meter's scale."""

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


def _picture(alternative: str, classes: str, inner: str) -> str:
    label = escaped(alternative)
    return f'<div class="mg-mark {classes}" role="img" aria-label="{label}">{inner}</div>'


def _across(value: Number, whole: Number) -> str:
    """Give a place across as a percentage of the whole."""
    share = float(Fraction(value) / Fraction(whole)) if whole else 0.0
    return f"{min(max(share, 0.0), 1.0) * 100:.3f}%"


def _bar(left: str, width: str, classes: str) -> str:
    return f'<span class="{classes}" style="left:{left};width:{width}"></span>'


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
    colour = "mg-fill-warning" if warned else "mg-fill-variable"
    bar = _bar("0", _across(quantity, whole), f"mg-reach {colour}")
    return _picture(alternative, "mg-bullet", _bands(bands, whole) + bar)


def _bands(bands: tuple[Band, ...], whole: Fraction) -> str:
    drawn = []
    for ordinal, band in enumerate(bands):
        end = whole if band.ends_at is None else min(band.ends_at, whole)
        shade = "burst" if band.burst else str(min(ordinal, 2))
        bound = " mg-bound" if ordinal else ""
        width = _across(max(end - band.starts_at, Fraction(0)), whole)
        classes = f"mg-band mg-fill-band-{shade}{bound}"
        drawn.append(_bar(_across(band.starts_at, whole), width, classes))
    return "".join(drawn)


def fixed_and_variable(fixed: Decimal, variable: Decimal, alternative: str) -> str:
    """Draw one bar of two parts: what is fixed, then what is variable."""
    shown = [max(fixed, Decimal(0)), max(variable, Decimal(0))]
    whole = shown[0] + shown[1]
    border = _across(shown[0], whole)
    inner = _bar("0", border, "mg-band mg-fill-fixed")
    inner += _bar(border, _across(shown[1], whole), "mg-band mg-fill-variable")
    return _picture(alternative, "mg-parts", inner)


def bar(value: Number, highest: Number) -> str:
    """Draw a bar beside a number that a table already says; nobody needs to hear it."""
    reach = _bar("0", _across(value, highest), "mg-band mg-fill-variable")
    return f'<div class="mg-mark mg-inline" aria-hidden="true">{reach}</div>'


def span(starts: Number, ends: Number, scale: tuple[Number, Number], colour: str) -> str:
    """Draw a bar from one value to another beside a number that a table says; nobody hears it.

    Args:
        starts: Where it starts on the scale; it may be above where it ends.
        ends: Where it ends.
        scale: The values at the left and at the right end.
        colour: Of the fill: "fixed", "variable" or "less".
    """
    lowest, highest = (Fraction(each) for each in scale)
    low, high = sorted((Fraction(starts), Fraction(ends)))
    left = _across(low - lowest, highest - lowest)
    width = _across(high - low, highest - lowest)
    reach = _bar(left, f"max({width}, 2px)", f"mg-band mg-fill-{colour}")
    return f'<div class="mg-mark mg-inline" aria-hidden="true">{reach}</div>'


def step_of(highest: float) -> float:
    """Give a step of 1, 2 or 5 times a power of ten that reaches the highest in two to five.

    12,611 is reached in three steps of 5,000; 0.9 in two of 0.5.
    """
    if highest <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(highest))) if highest >= 1 else -len(f"{1 / highest:.0f}") + 1)
    steps = (power * size for size in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0))
    return next(step for step in steps if highest / step <= _MOST_RULES)


def stacked_columns(
    columns: tuple[Column, ...], alternative: str, write: Callable[[Decimal], str]
) -> str:
    """Draw upright bars with a few rules to read their height off.

    Args:
        columns: From left to right; negative parts are not drawn (their words tell them).
        alternative: What the picture says, in words.
        write: How the numbers beside the rules are written.
    """
    highest = max((float(each.fixed) + float(each.variable) for each in columns), default=0.0)
    step = step_of(highest)
    lines = max(1, -int(-highest // step))
    top = lines * step
    rules = "".join(_rule(line / lines, line * step, write) for line in range(lines + 1))
    bars = "".join(_column(column, top) for column in columns)
    inner = f'{rules}<div class="mg-uprights">{bars}</div>'
    return _picture(alternative, "mg-columns", inner)


def _rule(height: float, value: float, write: Callable[[Decimal], str]) -> str:
    bottom = f"{height * COLUMNS_HEIGHT:.1f}px"
    number = escaped(write(Decimal(f"{value:.12g}")))
    return f'<span class="mg-rule" style="bottom:{bottom}"><span>{number}</span></span>'


def _column(column: Column, top: float) -> str:
    drawn = _part("variable", float(column.variable) / top)
    drawn += _part("fixed", float(column.fixed) / top)
    label = f"<em>{escaped(column.label)}</em>" if column.label else ""
    return f'<span class="mg-upright" title="{escaped(column.title)}">{drawn}{label}</span>'


def _part(colour: str, share: float) -> str:
    height = max(share, 0.0) * COLUMNS_HEIGHT
    return f'<span class="mg-fill-{colour}" style="height:{height:.1f}px"></span>'
