"""The records behind a line as a stream of CSV: what each added, and what completes the sum."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from documents.csv_form import Cell, columns_of, csv_stream, text_columns

_NAMES: Final = (
    "kind",
    "occurred_at",
    "meter",
    "resource",
    "quantity",
    "running_quantity",
    "tier",
    "added",
    "currency",
    "event_id",
    "source",
    "source_event_id",
    "counted_value",
    "supersedes",
    "excluded",
    "superseded_by",
    "text",
)
_TEXTS: Final = text_columns(
    "meter", "resource", "tier", "source", "source_event_id", "counted_value", "text"
)
COLUMNS: Final = columns_of(_NAMES, _TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record behind a line, or what completes the column `added` to the line's amount."""

    kind: str = "event"  #: event; or included, held, maximum, minimum, rounding: no event
    added: Decimal | None  #: exact, to the line's amount; None: it counts nothing
    running_quantity: Decimal | None = None  #: the meter's, with it
    tier: str | None = None  #: that its last unit fell in
    occurred_at: datetime | None = None  #: UTC
    meter: str = ""
    resource: str = ""
    quantity: Decimal | None = None
    event_id: UUID | None = None
    source: str = ""
    source_event_id: str = ""
    counted_value: str | None = None  #: what a meter of distinct values counts
    supersedes: UUID | None = None
    excluded: str | None = None  #: why it counts nothing: superseded, withdraws, too_late
    superseded_by: UUID | None = None
    text: str = ""  #: why it corrects an earlier one, or what completes the column


def records_csv(rows: Iterable[RecordRow], currency: str, *, safe: bool = False) -> Iterator[bytes]:
    """Write records as they come, a piece at a time.

    Args:
        rows: in the order of the bill (occurred, event id), those that are no events last. The
            column `added` of all of them adds up to the line's amount.
        currency: of the amounts.
        safe: in the form that a spreadsheet opens without running anything.
    """
    return csv_stream(COLUMNS, (_cells(row, currency) for row in rows), safe=safe)


def _cells(row: RecordRow, currency: str) -> tuple[Cell, ...]:
    return (
        row.kind,
        row.occurred_at,
        row.meter,
        row.resource,
        row.quantity,
        row.running_quantity,
        row.tier,
        row.added,
        currency,
        _id(row.event_id),
        row.source,
        row.source_event_id,
        row.counted_value,
        _id(row.supersedes),
        row.excluded,
        _id(row.superseded_by),
        row.text,
    )


def _id(event_id: UUID | None) -> str | None:
    return None if event_id is None else str(event_id)
