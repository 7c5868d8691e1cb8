"""Rows of files that name no known client: kept apart, no client sees them."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, text

from db.commands.usage_batch import Refused

#: What is open already from the same file's line isn't kept twice.
_KEEP = text(
    """
    INSERT INTO billing.unassigned_record
        (named_client, source_code, origin, profile, line, code, reason, record)
    SELECT :named, :source, :origin, :profile, :line, :code, :reason, :record
    WHERE NOT EXISTS (
        SELECT FROM billing.unassigned_record u
        WHERE u.state = 'open' AND u.origin = :origin AND u.source_code = :source
          AND u.line = :line AND u.named_client = :named AND u.code = :code AND u.record = :record)
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
    told = {"source": source, "origin": origin, "profile": profile}
    values = [
        {
            **told,
            "named": each.client or "",
            "line": each.line,
            "code": each.code,
            "reason": each.reason,
            "record": each.record,
        }
        for each in rows
    ]
    if values:
        connection.execute(_KEEP, values)
