"""What posting changes beside the records: when a key was used, and what belongs to no client."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

_TOUCH = text("SELECT billing.touch_api_key(:hash)")
#: What is open already is not kept twice: a sender that tries again adds nothing.
KEEP_UNASSIGNED = text(
    """
    INSERT INTO billing.unassigned_record
        (named_client, source_code, origin, line, code, reason, record)
    SELECT :named, :source, 'post', :line, :code, :reason, :record
    WHERE NOT EXISTS (
        SELECT FROM billing.unassigned_record u
        WHERE u.state = 'open' AND u.origin = 'post' AND u.source_code = :source
          AND u.named_client = :named AND u.code = :code
          AND md5(u.record) = md5(:record) AND u.record = :record)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnassignedRecord:
    """A refused event that belongs to no client of its sender."""

    named_client: str  #: as it was named; empty if it wasn't
    line: int  #: its place in the post, from 1
    code: str
    reason: str
    record: str


def touch_key(connection: Connection, key_hash: bytes) -> None:
    """Note that a key was used; the database keeps it to the minute."""
    connection.execute(_TOUCH, {"hash": key_hash})


def keep_unassigned(
    connection: Connection, source: str, records: Iterable[UnassignedRecord]
) -> None:
    """Keep what a source posted for clients that it has not."""
    values = [
        {
            "named": each.named_client,
            "source": source,
            "line": each.line,
            "code": each.code,
            "reason": each.reason,
            "record": each.record,
        }
        for each in records
    ]
    if values:
        connection.execute(KEEP_UNASSIGNED, values)
