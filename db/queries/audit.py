"""Questions about what was done by whom: the journal's entries, newest first or in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, text

from db.models import AuditLog, Client

#: Entries read at once where all are wanted.
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPlace:
    """A place between entries: right before one."""

    at: datetime
    audit_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAsked:
    """Which entries are wanted; None asks for all."""

    actions: tuple[str, ...] | None = None
    who: str | None = None  #: an address, a key's prefix or a command: who did it, or to whom
    since: datetime | None = None  #: inclusive, UTC
    before: AuditPlace | None = None  #: only older ones than the entry at this place


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What somebody did."""

    audit_id: int
    at: datetime  #: UTC
    actor: str
    action: str
    subject: str
    client: str | None  #: name on a screen, slug for a program
    address: str | None
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> AuditPlace:
        """Where the entry stands."""
        return AuditPlace(at=self.at, audit_id=self.audit_id)


def audit_page(
    connection: Connection, session_hash: bytes, asked: AuditAsked, *, rows: int
) -> tuple[AuditEntry, ...]:
    """The newest entries that were asked for; none unless the session is an administrator's.

    Args:
        connection: a transaction of the portal's login.
        session_hash: whose session it is.
        asked: which entries.
        rows: how many at most, up to 200.
    """
    query = text("SELECT * FROM auth.audit_page(:session, :actions, :who, :since, :at, :id, :rows)")
    given = {
        "session": session_hash,
        "actions": None if asked.actions is None else list(asked.actions),
        "who": asked.who,
        "since": asked.since,
        "at": asked.before and asked.before.at,
        "id": asked.before and asked.before.audit_id,
        "rows": rows,
    }
    return tuple(AuditEntry(**row) for row in connection.execute(query, given).mappings())


def entries_in_order(
    connection: Connection, *, since: datetime | None, until: datetime | None
) -> Iterator[AuditEntry]:
    """All entries of a time, oldest first, read bit by bit; for the owner.

    Args:
        connection: a transaction of the owner.
        since: inclusive, UTC; None for the first.
        until: exclusive, UTC; None for the last.
    """
    log = AuditLog
    wanted = select(
        log.audit_id,
        log.at,
        log.actor,
        log.action,
        log.subject,
        Client.slug.label("client"),
        log.address,
        log.detail,
    ).join(Client, Client.client_id == log.client_id, isouter=True)
    if since is not None:
        wanted = wanted.where(log.at >= since)
    if until is not None:
        wanted = wanted.where(log.at < until)
    ordered = wanted.order_by(log.at, log.audit_id)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(ordered).mappings():
        yield AuditEntry(**row)
