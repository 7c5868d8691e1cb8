"""What is found in a file, besides measurements and refusals, and for whom it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from intake.profiles.measurements import Measured
from intake.profiles.refusals import RefusedRow

NOBODY = ""
"""Stands for the client of a row that names no known one."""


class Billed(NamedTuple):
    """What a vendor's bill says of a measurement; it comes before the measurement itself."""

    event_id: str  #: 32 hexadecimal digits
    currency: str  #: ISO 4217
    cost: str | None  #: what the vendor charges; None where the client sees it, as the quantity
    provider: str | None
    service: str | None
    name: str | None  #: of the resource, for people to read


class Skipped(NamedTuple):
    """A row that the profile leaves out."""

    why: str


class Note(NamedTuple):
    """What whoever loads the file should know; it stops nothing."""

    text: str


Finding = Measured | Billed | RefusedRow | Skipped | Note
Found = tuple[str, Finding]
"""The slug of the client, or NOBODY, and what was found for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a file is read, and under which source."""

    source: str  #: code
    client: str | None  #: slug; None where each row names its own
    known: Mapping[str, bool]  #: slugs of all clients, and whether each has the source
