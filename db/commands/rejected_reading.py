"""Refused records tried again: read for their client and source, stored by the one ingest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from db.commands.ingest import Batch, Offered, Rejection, encoded, store_offered
from db.commands.usage_batch import Billed, Refused
from db.queries.refused_records import RefusedRecord

SOURCE: Final = text(
    "SELECT source_id FROM billing.source WHERE client_id = :client AND code = :source"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read from a record."""

    measured: tuple[Offered, ...] = ()  #: their lines count for nothing
    billed: tuple[Billed, ...] = ()
    refused: tuple[Refused, ...] = ()


Read = Callable[[RefusedRecord], Reading]
"""Reads a record for the client and under the source that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where records are recorded."""

    client_id: int
    slug: str
    source: str  #: code; the client may have no such source


def tried(
    connection: Connection,
    place: Place,
    records: Sequence[RefusedRecord],
    read: Read,
    as_of: datetime,
) -> Mapping[str, Rejection]:
    """Record what can be; give why the rest can't, by reference.

    One call for each transaction: what a batch offers stands in temporary tables until its end.
    """
    source_id = source_id_of(connection, place)
    if source_id is None:
        reason = f"the client has no source {place.source!r}; add it to the setup"
        return {each.reference: _rejection(each, "source", reason) for each in records}
    readings = {each.reference: read(each) for each in records}
    why = {
        each.reference: _rejection(each, fault.code, fault.reason)
        for each in records
        for fault in readings[each.reference].refused[:1]
    }
    batch, owners = _batch(readings)
    _, rejections = store_offered(connection, place.client_id, source_id, batch, as_of)
    for rejection in rejections:
        why.setdefault(owners[rejection.line - 1], rejection)
    return why


def _batch(readings: Mapping[str, Reading]) -> tuple[Batch, list[str]]:
    """All measurements, numbered anew, and the record that each line comes from."""
    lines = [
        (reference, measured)
        for reference, reading in readings.items()
        for measured in reading.measured
    ]
    offered: list[Offered] = [
        (number, *measured[1:]) for number, (_, measured) in enumerate(lines, start=1)
    ]
    billed = tuple(each for reading in readings.values() for each in reading.billed)
    batch = Batch(lines=encoded(offered), count=len(offered), billed=billed)
    return batch, [reference for reference, _ in lines]


def source_id_of(connection: Connection, place: Place) -> int | None:
    """The source of a place; None where the client has no such source."""
    values = {"client": place.client_id, "source": place.source}
    found: int | None = connection.execute(SOURCE, values).scalar()
    return found


def _rejection(record: RefusedRecord, code: str, reason: str) -> Rejection:
    return Rejection(line=record.line or 0, code=code, reason=reason, record=record.record)
