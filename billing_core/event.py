"""Usage events: their identity and the hash that makes a change of one visible."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from billing_core.faults import Fault, refuse
from billing_core.numbers import plain, size_fault
from billing_core.period import is_utc

LONGEST_CODE: Final = 64
LONGEST_RESOURCE: Final = 200
LONGEST_TEXT: Final = 1000
_LEAF: Final = b"\x00"  # RFC 6962: a leaf's hash starts with 0x00, a node's with 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEvent:
    """One measurement, as its source gave it. Nothing of it ever changes."""

    client: str  #: slug
    source: str  #: code; the key's or the profile's, never the sender's word
    source_event_id: str  #: the source's own id
    meter: str  #: code
    occurred_at: datetime  #: UTC, to the microsecond
    quantity: Decimal  #: at most 18 + 15 digits
    resource: str  #: code of what it was counted on
    counted_value: str | None = None  #: what a unique_count meter counts
    supersedes: UUID | None = None  #: event id of the wrong event that this one replaces
    reason: str | None = None  #: why it supersedes
    withdraws: bool = False  #: it only takes back the event that it supersedes; quantity is 0

    def __post_init__(self) -> None:
        refuse(_faults_of(self))

    @property
    def event_id(self) -> UUID:
        """The event's permanent identity."""
        return event_id(self.source, self.source_event_id, self.meter)


def event_id(source: str, source_event_id: str, meter: str) -> UUID:
    """Give the identity of a measurement: the first 128 bits of SHA-256 over what names it.

    The same measurement sent twice, or by two machines at once, gets the same id.
    """
    named = encoded_fields((source, source_event_id, meter))
    return UUID(bytes=hashlib.sha256(named).digest()[:16])


def canonical_form(event: UsageEvent) -> bytes:
    r"""Give the one byte sequence that stands for an event.

    Ten fields in order, each as its length in bytes, a colon, its UTF-8 text and a line feed; a
    field without a value is "-\n", and so is the quantity of an event that only withdraws. So no
    two different events share a form: ("a", "bc") is "1:a\n2:bc\n", ("ab", "c") "2:ab\n1:c\n".
    """
    return encoded_fields(
        (
            event.client,
            event.source,
            event.source_event_id,
            event.meter,
            f"{event.occurred_at:%Y-%m-%dT%H:%M:%S.%f}Z",
            None if event.withdraws else plain(event.quantity),
            event.resource,
            event.counted_value,
            str(event.supersedes) if event.supersedes else None,
            event.reason,
        )
    )


def leaf_hash(event: UsageEvent) -> bytes:
    """Give the event's leaf of an RFC 6962 tree: SHA-256 of 0x00 and the canonical form."""
    return leaf_hash_of(canonical_form(event))


def leaf_hash_of(form: bytes) -> bytes:
    """Give the leaf of an event's canonical form."""
    return hashlib.sha256(_LEAF + form).digest()


def encoded_fields(fields: Iterable[str | None]) -> bytes:
    """Give the bytes of texts in order, from which each can be told: see `canonical_form`."""
    return b"".join(map(_field, fields))


def _field(text: str | None) -> bytes:
    if text is None:
        return b"-\n"
    encoded = text.encode()
    return b"%d:%s\n" % (len(encoded), encoded)


def _faults_of(event: UsageEvent) -> Iterator[Fault]:
    for where in ("client", "source", "meter"):
        yield from text_faults(where, getattr(event, where), longest=LONGEST_CODE)
    yield from text_faults("resource", event.resource, longest=LONGEST_RESOURCE)
    yield from text_faults("source_event_id", event.source_event_id)
    for where in ("counted_value", "reason"):
        text = getattr(event, where)
        if text is not None:
            yield from text_faults(where, text)
    yield from _meaning_faults(event)


def _meaning_faults(event: UsageEvent) -> Iterator[Fault]:
    if not is_utc(event.occurred_at):
        yield Fault(where="occurred_at", message="is not an instant in UTC")
    fault = size_fault(event.quantity)
    if fault:
        yield Fault(where="quantity", message=fault)
    if event.supersedes and not event.reason:
        yield Fault(where="reason", message="is missing: say why an earlier event was wrong")
    if event.withdraws and (event.supersedes is None or event.quantity):
        yield Fault(where="withdraws", message="needs the event it takes back and the quantity 0")


def text_faults(where: str, text: str, *, longest: int = LONGEST_TEXT) -> Iterator[Fault]:
    """Give what is wrong with a text that names or explains something."""
    if not text.strip():
        yield Fault(where=where, message="is empty")
    if len(text) > longest:
        yield Fault(where=where, message=f"has more than {longest} characters")
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        yield Fault(where=where, message="has a sign that can't be stored (NUL or half a sign)")
