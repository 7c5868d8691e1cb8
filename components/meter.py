"""One meter in a period: its figures, and how its quantity grows through the tiers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import islice

import streamlit as st

from billing_core.metering import Aggregation, Gap, MeterUsage
from billing_core.period import BillingPeriod
from components.charts import CONFIG, Finished, burn_up
from components.charts_picture import BurnUp, Figure, LabelledBand, Point
from components.explanation import (
    entering_in_words,
    how_it_grows,
    limits_in_words,
    next_unit,
    price_in_words,
    tier_name,
    what_is_counted,
)
from components.format import Format, capitalised
from components.markup import element, heading, panel, paragraph, row, show
from components.nearest import remaining_in_words, standing_mark, tier_in_words, way_in_words
from components.standing import Standing, bands_of

MOST_GAPS = 60  #: drawn in one picture
TITLES = ("So far", "Tier now", "The next unit costs")
WHOLE_TITLES = ("In the month", "Tier at its end", "The next unit would have cost")
LEVELS = frozenset({Aggregation.MAX, Aggregation.LAST})  #: may start above zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The period's course beside last month's, and its rule in words."""

    title: str  #: safe HTML
    figure: Figure
    alternative: str  #: what the picture shows, in words
    sentence: str  #: safe HTML


def figures_row(standing: Standing, writing: Format) -> str:
    """Give what was used and charged so far, the tier, and what the next unit costs."""
    titles = WHOLE_TITLES if standing.is_over else TITLES
    amount = writing.money(standing.amount) if standing.amount is not None else "no charge"
    used = writing.amount_of(standing.quantity, standing.meter.unit, 1)
    price, words = next_unit(standing, writing)
    tiers = standing.price.tiers
    name = standing.tier.name if standing.tier else "None"
    milestone = standing.tier.milestone if standing.tier else ""
    return row(
        _figure(titles[0], used, f"{amount} before tax"),
        _figure(titles[1], name if tiers else "No tiers", milestone),
        _figure(titles[2], price, words),
        panel(*(_way(standing, writing) if tiers else _agreed(standing, writing))),
    )


def _way(standing: Standing, writing: Format) -> Iterator[str]:
    yield paragraph("To the next tier", "mg-panel-unit")
    yield element("div", standing_mark(standing, writing), "mg-apart")
    classes = "mg-sentence mg-warning" if standing.warned else "mg-sentence"
    yield paragraph(way_in_words(standing, writing), classes)


def _agreed(standing: Standing, writing: Format) -> Iterator[str]:
    price, unit = standing.price, standing.meter.unit
    yield paragraph("Agreed", "mg-panel-unit mg-below-little")
    said = (price_in_words(price, unit, writing), *limits_in_words(price, unit, writing))
    yield paragraph(" ".join(said), "mg-sentence")


def _figure(label: str, value: str, below: str) -> str:
    return panel(
        paragraph(label, "mg-panel-unit"),
        paragraph(value, "mg-figure"),
        paragraph(below, "mg-panel-unit") if below else "",
    )


def picture_of(
    standing: Standing, usage: MeterUsage, ghost: MeterUsage | None, gaps: Sequence[Gap],
    writing: Format,
) -> Picture:  # fmt: skip
    """Give the picture of a period's course.

    Args:
        standing: The metered price.
        usage: Its course.
        ghost: That of the month before.
        gaps: Times without records.
        writing: How the client writes.
    """
    return Picture(
        title=heading(standing.price.name, what_is_counted(standing.meter)),
        figure=burn_up(_burn_up(standing, usage, ghost, gaps, writing), writing),
        alternative=_alternative(standing, usage, writing),
        sentence=paragraph(_sentence(standing, gaps, writing), "mg-panel-unit"),
    )


def draw_picture(picture: Picture) -> None:
    """Draw the period's course and its rule in words in one panel."""
    with st.container(border=True):
        show(picture.title)
        st.plotly_chart(
            Finished(picture.figure), config=CONFIG, key="burn_up", alt=picture.alternative
        )
        show(picture.sentence)


def _burn_up(
    standing: Standing, usage: MeterUsage, before: MeterUsage | None, gaps: Sequence[Gap],
    writing: Format,
) -> BurnUp:  # fmt: skip
    period = usage.period
    return BurnUp(
        period=period,
        unit=standing.meter.unit,
        points=_points(usage),
        before=_moved(before, period) if before else (),
        before_label=capitalised(writing.short_month(before.period.month)) if before else "",
        bands=_labelled(standing, writing),
        gaps=_silences(gaps),
        today=usage.checkpoints[-1].at if usage.checkpoints[-1].at < period.ends_at else None,
    )


def _silences(gaps: Sequence[Gap]) -> tuple[tuple[datetime, datetime], ...]:
    """Give the times in which the whole meter was silent, the first ones."""
    silent = (gap for gap in gaps if gap.resource is None)
    return tuple((gap.starts_at, gap.ends_at) for gap in islice(silent, MOST_GAPS))


def _points(usage: MeterUsage) -> tuple[Point, ...]:
    known = tuple(Point(at=each.at, quantity=each.quantity) for each in usage.checkpoints)
    start = usage.period.starts_at
    return known if known[0].at <= start else (Point(at=start, quantity=_opening(usage)), *known)


def _opening(usage: MeterUsage) -> Fraction:
    """Give where a course starts: at zero, or, for a level, where it first stands."""
    return usage.checkpoints[0].quantity if usage.meter.aggregation in LEVELS else Fraction(0)


def _moved(usage: MeterUsage, period: BillingPeriod) -> tuple[Point, ...]:
    """Put last month's course on this month's days; days that this month lacks are left out."""
    shift = period.starts_at - usage.period.starts_at
    moved = (Point(at=point.at + shift, quantity=point.quantity) for point in _points(usage))
    return tuple(point for point in moved if point.at <= period.ends_at + timedelta(hours=2))


def _labelled(standing: Standing, writing: Format) -> tuple[LabelledBand, ...]:
    prices = {tier.name: writing.unit_price(tier.unit_price) for tier in standing.price.tiers}
    return tuple(
        LabelledBand(
            band=band,
            label=" ".join(
                part
                for part in (tier_name(band.name, burst=band.burst), prices.get(band.name, ""))
                if part
            ),
        )
        for band in bands_of(standing.price)
    )


def _alternative(standing: Standing, usage: MeterUsage, writing: Format) -> str:
    last = usage.checkpoints[-1]
    return (
        f"{standing.price.name}: {way_in_words(standing, writing)}, "
        f"{tier_in_words(standing)}, as of {writing.moment(last.at)}"
    )


def _sentence(standing: Standing, gaps: Sequence[Gap], writing: Format) -> str:
    said = [how_it_grows(standing.meter)]
    if standing.way is not None:
        left = remaining_in_words(standing, writing)
        said.append(f"{left[:1].upper()}{left[1:]}.")
        if not standing.is_over:
            said.append(entering_in_words(standing.price, standing.way.tier, writing))
    if standing.price.tiers:
        said.extend(limits_in_words(standing.price, standing.meter.unit, writing))
    said.append(gaps_in_words(gaps, writing))
    return " ".join(part for part in said if part)


def gaps_in_words(gaps: Sequence[Gap], writing: Format) -> str:
    """Say when there were no records; of several gaps how many, and the longest."""
    if not gaps:
        return ""
    longest = max(gaps, key=lambda gap: gap.ends_at - gap.starts_at)
    whose = f" of {longest.resource}" if longest.resource else ""
    start, end = writing.moment(longest.starts_at), writing.moment(longest.ends_at)
    when = f"from {start} to {end}"
    if len(gaps) == 1:
        return f"No records{whose} {when}: not charged, not filled in."
    return (
        f"{writing.count(len(gaps))} gaps without records, the longest{whose} {when}: "
        "not charged, not filled in."
    )
