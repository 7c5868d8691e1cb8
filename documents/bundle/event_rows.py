"""Events as lines of a CSV file: each has but one text, so that a file can be told from another.

RFC 4180 with line feeds, UTF-8, no byte order mark. A field is in quotes only where it must be.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from billing_core.numbers import plain

COLUMNS: Final = (
    "event_id",
    "leaf_hash",
    "client",
    "source",
    "source_event_id",
    "meter",
    "occurred_at",
    "quantity",
    "resource",
    "counted_value",
    "supersedes",
    "reason",
)
HEADER: Final = f"{','.join(COLUMNS)}\n"
_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]')


class EventRow(NamedTuple):
    """An event as the database holds it, with the leaf hash that was stored when it was recorded.

    It is written as it is, right or wrong: to find out is what a bundle is for.
    """

    event_id: UUID
    leaf_hash: bytes
    client: str  #: slug
    source: str  #: code
    source_event_id: str
    meter: str  #: code
    occurred_at: datetime  #: UTC
    quantity: Decimal | None  #: None: it only withdraws
    resource: str
    counted_value: str | None = None
    supersedes: UUID | None = None
    reason: str | None = None


def line_of(row: EventRow) -> str:
    """Write an event as its line, with the line feed at its end."""
    texts = (
        str(row.event_id),
        row.leaf_hash.hex(),
        row.client,
        row.source,
        row.source_event_id,
        row.meter,
        f"{row.occurred_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "" if row.quantity is None else plain(row.quantity),
        row.resource,
        row.counted_value or "",
        "" if row.supersedes is None else str(row.supersedes),
        row.reason or "",
    )
    return line_of_texts(texts)


def line_of_texts(texts: tuple[str, ...] | list[str]) -> str:
    r"""Write fields as a line.

    >>> line_of_texts(["a", 'say "b", twice', ""])
    'a,"say ""b"", twice",\n'
    """
    line = ",".join(texts)
    if line.count(",") != len(texts) - 1 or _MAY_NEED_QUOTES.search(line):
        line = ",".join(map(_quoted, texts))
    return f"{line}\n"


_MAY_NEED_QUOTES: Final = re.compile(r'["\r\n]')


def _quoted(text: str) -> str:
    if _NEEDS_QUOTES.search(text):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text
