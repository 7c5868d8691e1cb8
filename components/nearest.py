"""How near each meter is to its next tier: one small panel each, the nearest first."""

from collections.abc import Sequence
from fractions import Fraction

from components import state
from components.explanation import tier_name, what_is_counted
from components.filters import address
from components.format import Format
from components.marks import bullet
from components.markup import element, escaped, heading, panel, paragraph, row
from components.standing import Standing, bands_of
from components.tables import Link, link

DOT = " ·\u00a0"  #: what follows stays on its line
SHOWN = 4  #: panels in a row
FEWEST_PLACES = 3  #: a panel alone doesn't fill the row


def way_in_words(standing: Standing, writing: Format) -> str:
    """Say how far it is: ``1,742 of 2,000 GB to Burst · 87%``; in the last tier, where it is."""
    unit = standing.meter.unit
    whole = writing.amount_of(standing.quantity, unit, 1)
    if standing.way is None:
        tier = standing.tier.name if standing.tier else ""
        return f"{whole}, in {tier}, the last tier" if tier else whole
    quantity = writing.quantity(standing.quantity, 1)
    bound = writing.amount_of(standing.way.bound, unit)
    share = writing.share(standing.way.share)
    return f"{quantity} of {bound} to {standing.way.tier.name}{DOT}{share}"


def tier_in_words(standing: Standing) -> str:
    """Say in which tier a quantity stands now, or stood when the month ended."""
    if standing.tier is None:
        none = "no tier entered" if standing.is_over else "no tier entered yet"
        return none if standing.price.tiers else ""
    when = "ended" if standing.is_over else "now"
    return f"{when} in {tier_name(standing.tier.name, burst=standing.in_burst)}"


def remaining_in_words(standing: Standing, writing: Format) -> str:
    """Say how much is left in the present tier."""
    if standing.way is None:
        return "no further tier"
    remaining = max(standing.way.remaining, Fraction(0))
    left = writing.amount_of(remaining, standing.meter.unit, 1)
    were = "were " if standing.is_over else ""
    return f"{left} {were}left before {standing.way.tier.name}"


def standing_mark(standing: Standing, writing: Format) -> str:
    """Draw where a quantity stands in its tiers."""
    words = f"{standing.price.name}: {way_in_words(standing, writing)}; {tier_in_words(standing)}"
    return bullet(standing.quantity, bands_of(standing.price), words, warned=standing.warned)


def nearest_row(standings: Sequence[Standing], period: str, writing: Format) -> str:
    """Give the meters that are nearest to their next tier, under their heading."""
    if not standings:
        return ""
    shown = standings[:SHOWN]
    is_over = shown[0].is_over
    title = heading("How near the next tier came" if is_over else "Nearest to the next tier")
    panels = (_panel(standing, period, writing) for standing in shown)
    return title + row(*panels, places=max(len(shown), FEWEST_PLACES))


def _panel(standing: Standing, period: str, writing: Format) -> str:
    meter = standing.meter
    where = address(
        "consumption", **{state.PERIOD_PARAMETER: period, state.METER_PARAMETER: meter.code}
    )
    classes = "mg-sentence mg-warning" if standing.warned else "mg-sentence"
    tier = tier_in_words(standing)
    return panel(
        element("h3", link(Link(text=standing.price.name, address=where)), "mg-panel-title"),
        paragraph(what_is_counted(meter), "mg-panel-unit mg-below"),
        standing_mark(standing, writing),
        paragraph(way_in_words(standing, writing), f"{classes} mg-above"),
        element("p", escaped(f"{tier[:1].upper()}{tier[1:]}"), "mg-panel-unit") if tier else "",
    )
