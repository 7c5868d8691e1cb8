"""What is counted, and by what: meters.csv and sources.csv."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from billing_core.metering import Aggregation, Meter
from billing_core.setup import Source
from intake.setup.files import CLIENTS
from intake.setup.keys import Key, refuse_repeats, refuse_unknown
from intake.setup.row import Row

#: A leap year.
_MOST_MINUTES: Final = 366 * 24 * 60
_LEVELS: Final = frozenset({Aggregation.MAX, Aggregation.LAST, Aggregation.TIME_WEIGHTED_MEAN})


def meters_of(rows: Sequence[Row]) -> tuple[Meter, ...]:
    """The meters whose rows are right."""
    refuse_repeats(rows, ("meter",))
    meters = (_meter(row) for row in rows)
    return tuple(meter for meter in meters if meter)


def _meter(row: Row) -> Meter | None:
    code, name, unit = row.code("meter"), row.text("name"), row.text("unit", longest=64)
    aggregation = row.choice("aggregation", Aggregation)
    minutes = row.whole("holds_for_minutes", least=1, most=_MOST_MINUTES)
    allows_credits = row.yes("allows_credits") or False
    if aggregation is None:
        return None
    if row.cells["holds_for_minutes"] and aggregation not in _LEVELS:
        row.refuse(
            "holds_for_minutes",
            f"Only a level holds; {aggregation} counts amounts: leave the cell empty.",
        )
    if not row.sound:
        return None
    return Meter(
        code=code,
        name=name,
        unit=unit,
        aggregation=aggregation,
        holds_for=None if minutes is None else timedelta(minutes=minutes),
        allows_credits=allows_credits,
    )


def sources_of(rows: Sequence[Row], clients: frozenset[Key]) -> tuple[Source, ...]:
    """The sources; wrong rows are noted and give values that nobody may use."""
    refuse_repeats(rows, ("client", "source"))
    return tuple(_source(row, clients) for row in rows)


def _source(row: Row, clients: frozenset[Key]) -> Source:
    refuse_unknown(row, ("client",), clients, CLIENTS)
    return Source(
        client=row.cells["client"],
        code=row.code("source"),
        name=row.text("name"),
        expects_every_minutes=row.whole("expects_every_minutes", least=1, most=_MOST_MINUTES),
    )
