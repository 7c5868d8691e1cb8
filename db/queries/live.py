"""What open pages wait for: whether their sessions live, and their clients' versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

_WATCHED = text(
    "SELECT place, version "
    "FROM auth.watched(CAST(:sessions AS bytea[]), CAST(:clients AS integer[]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A session and the client that it looks at."""

    session_hash: bytes = field(repr=False)
    client_id: int | None  #: None where the page shows no client's figures


def watched_versions(connection: Connection, watched: Sequence[Watched]) -> Mapping[Watched, int]:
    """The version of each client's records; nothing for a session that may not see its client.

    One statement, whatever their number. Without a client the version is 0; a session that ended
    in any way is missing from the answer.
    """
    given = {
        "sessions": [each.session_hash for each in watched],
        "clients": [each.client_id for each in watched],
    }
    rows = connection.execute(_WATCHED, given)
    return {watched[row.place - 1]: row.version for row in rows}
