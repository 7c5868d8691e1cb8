"""The rows of a file of the profile ``usage``, and such a file."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from demo.series import Reading

HEADER = (
    "id",
    "time",
    "meter",
    "resource",
    "quantity",
    "counted_value",
    "supersedes",
    "reason",
    "withdraws",
)
Row = tuple[str, str, str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFile:
    """A file of the profile ``usage`` from one source of one client."""

    client: str
    source: str
    path: Path
    rows: int


def row_of(reading: Reading, supersedes: str = "", reason: str = "", withdraws: str = "") -> Row:
    """Give a reading as a row; with ``supersedes`` it takes the place of another."""
    return (
        reading.source_event_id,
        f"{reading.occurred_at:%Y-%m-%dT%H:%M:%S}Z",
        reading.meter,
        reading.resource,
        reading.quantity,
        reading.counted_value,
        supersedes,
        reason,
        withdraws,
    )


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write a file of rows; gives how many there are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
