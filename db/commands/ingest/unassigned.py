"""Rows of files that name no known client: kept apart, no client sees them."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, text

from db.commands.usage_batch import Refused

#: What is open already from the same file's line isn't kept twice; one statement for all rows, so
#: that a large file of an unknown client is compared once for each part, not once for each row.
_KEEP = text(
    """
    INSERT INTO billing.unassigned_record
        (named_client, source_code, origin, profile, line, code, reason, record)
    SELECT n.named, :source, :origin, :profile, n.line, n.code, n.reason, n.record
    FROM unnest(CAST(:named AS text[]), CAST(:lines AS bigint[]), CAST(:codes AS text[]),
        CAST(:reasons AS text[]), CAST(:records AS text[]))
        AS n (named, line, code, reason, record)
    WHERE NOT EXISTS (
        SELECT FROM billing.unassigned_record u
        WHERE u.state = 'open' AND u.origin = :origin AND u.source_code = :source
          AND u.line = n.line AND u.named_client = n.named AND u.code = n.code
          AND u.record = n.record)
    ORDER BY n.line
    """
)


class RefusedOfNobody(Refused, Protocol):
    """A refused row with the client that it names."""

    @property
    def client(self) -> str | None:
        """As it was written; None where there is none."""


def keep_unassigned_rows(
    connection: Connection,
    rows: Iterable[RefusedOfNobody],
    *,
    source: str,
    origin: str,
    profile: str,
) -> None:
    """Keep rows of a file that belong to no known client.

    Args:
        connection: a transaction of the writer.
        rows: what was refused.
        source: code of the source that sent the file.
        origin: the file's name.
        profile: how it was read.
    """
    kept = tuple(rows)
    if not kept:
        return
    connection.execute(
        _KEEP,
        {
            "source": source,
            "origin": origin,
            "profile": profile,
            "named": [each.client or "" for each in kept],
            "lines": [each.line for each in kept],
            "codes": [each.code for each in kept],
            "reasons": [each.reason for each in kept],
            "records": [each.record for each in kept],
        },
    )
