"""What a source said: events and meters as plain tuples, who they are, and their leaf's hash."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

LEVELS = ("max", "last", "time_weighted_mean")


class Meter(NamedTuple):
    """What is counted."""

    code: str
    aggregation: str
    holds_for: timedelta | None = None
    credits: bool = False

    @property
    def states_levels(self) -> bool:
        """Whether an event says what is held from now on."""
        return self.aggregation in LEVELS


class Said(NamedTuple):
    """One event as its source gave it."""

    own_id: str
    meter: str
    at: datetime  #: UTC
    quantity: str
    resource: str
    counted: str | None = None
    corrects: str | None = None  #: the source's own id of the wrong event
    reason: str | None = None
    withdraws: bool = False
    source: str = "collector"

    @property
    def amount(self) -> Fraction:
        """The quantity as an exact number."""
        return Fraction(self.quantity)

    @property
    def place(self) -> tuple[datetime, bytes]:
        """Where it stands in the order of events."""
        return self.at, self.identity.bytes

    @property
    def identity(self) -> UUID:
        """Its permanent id: the first 128 bits of SHA-256 over source, own id and meter."""
        return identity_of(self.source, self.own_id, self.meter)

    @property
    def corrected(self) -> UUID | None:
        """The permanent id of the event that it takes the place of."""
        return identity_of(self.source, self.corrects, self.meter) if self.corrects else None


def identity_of(source: str, own_id: str, meter: str) -> UUID:
    """The permanent id of what a source calls so."""
    return UUID(bytes=sha256(_written([source, own_id, meter])).digest()[:16])


def leaf_of(said: Said, client: str) -> bytes:
    """SHA-256 over a zero byte and the ten fields of the canonical form."""
    corrected = said.corrected
    fields = [
        client,
        said.source,
        said.own_id,
        said.meter,
        said.at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        None if said.withdraws else _shortest(said.quantity),
        said.resource,
        said.counted,
        None if corrected is None else str(corrected),
        said.reason,
    ]
    return sha256(b"\0" + _written(fields)).digest()


def effective(events: Iterable[Said]) -> list[Said]:
    """In order: those that withdraw nothing and that no other one corrects."""
    known = list(events)
    corrected = {each.corrected for each in known}
    counting = [each for each in known if not each.withdraws and each.identity not in corrected]
    return sorted(counting, key=lambda each: each.place)


def _written(fields: Sequence[str | None]) -> bytes:
    """Each field as its length in bytes, a colon, its text and a line feed; none as a dash."""
    return b"".join(
        b"-\n" if field is None else f"{len(field.encode())}:{field}\n".encode() for field in fields
    )


def _shortest(number: str) -> str:
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole
