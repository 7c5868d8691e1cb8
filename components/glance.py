"""All meters of a period at a glance: quantity, charge, tier, and the way to the next bound."""

from collections.abc import Mapping

from components import state
from components.filters import address
from components.format import Format
from components.markup import heading, panel
from components.nearest import standing_mark, tier_in_words
from components.standing import Standing
from components.tables import Cell, Column, Link, Mark, Noted, TableRow, table


def glance_panel(standings: Mapping[str, Standing], period: str, writing: Format) -> str:
    """Give the panel of all meters, one row per metered price.

    Args:
        standings: By the text that names each in the address.
        period: The month's name.
        writing: How the client writes.
    """
    is_over = any(each.is_over for each in standings.values())
    columns = (
        Column(title="Meter"),
        Column(title="Quantity" if is_over else "Quantity so far", number=True),
        Column(title="Charge, before tax", number=True),
        Column(title="Tier" if is_over else "Tier now", spare=True),
        Column(title="To the next tier", wide="26%", spare=True),
        Column(title="Share of the way", number=True),
    )
    rows = [
        TableRow(cells=_cells(name, standing, period, writing))
        for name, standing in standings.items()
    ]
    return panel(
        heading("All meters", f"the {'whole month' if is_over else 'month so far'}, before tax"),
        table("All meters of the month", columns, rows, hidden=True),
    )


def _cells(name: str, standing: Standing, period: str, writing: Format) -> list[Cell]:
    chosen = {state.PERIOD_PARAMETER: period, state.METER_PARAMETER: name}
    tier = tier_in_words(standing).removeprefix("now in ").removeprefix("ended in ")
    share = writing.share(standing.way.share) if standing.way else "–"
    return [
        Link(text=standing.price.name, address=address("consumption", **chosen)),
        writing.amount_of(standing.quantity, standing.meter.unit, 1),
        writing.money(standing.amount) if standing.amount is not None else "–",
        Noted(text=tier, classes="mg-warning") if standing.in_burst else tier or "no tiers",
        Mark(drawn=standing_mark(standing, writing)) if standing.price.tiers else "",
        Noted(text=share, classes="mg-warning") if standing.warned else share,
    ]


def named_in_address(standings: tuple[Standing, ...]) -> dict[str, Standing]:
    """Name each metered price for the address: by its meter, or by its code where two share one."""
    meters = [standing.meter.code for standing in standings]
    return {
        each.meter.code if meters.count(each.meter.code) == 1 else each.price.code: each
        for each in standings
    }


def names_in_address(standings: dict[str, Standing]) -> dict[str, str]:
    """Give which texts in the address lead to which price: its name there, its code, its meter.

    A meter that two prices share leads to the first of them.
    """
    by_meter = {each.meter.code: name for name, each in reversed(standings.items())}
    by_price = {each.price.code: name for name, each in standings.items()}
    return by_meter | by_price | {name: name for name in standings}
