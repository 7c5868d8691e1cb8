"""Questions about a month's end, for people of the MSP who look at all their clients at once.

What they may see is a policy's to say (`billing.visible_client_ids`); the clients are named all the
same, in the order in which they are to be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, CursorResult, TextClause, text


class MonthStage(StrEnum):
    """How far a client's month is at an instant, in the order in which it goes."""

    RUNNING = "running"
    GRACE = "grace"  #: ended; its records still arrive
    NOT_READY = "not-ready"
    READY = "ready"
    APPROVED = "approved"  #: the worker closes it once it may
    CLOSING = "closing"
    FAILED = "failed"  #: the worker could not close it
    ISSUED = "issued"
    COMPARED = "compared"  #: before the first month billed here: never issued


#: How far a month `m` is; what was decided of it is `p`, the present `:now`.
_STAGE: Final = """
    CASE WHEN m.period_state = 'issued' THEN 'issued'
         WHEN p.fault IS NOT NULL THEN 'failed'
         WHEN m.period_state = 'closing' THEN 'closing'
         WHEN m.ends_at > :now THEN 'running'
         WHEN m.is_shadow THEN 'compared'
         WHEN p.approved_at IS NOT NULL THEN 'approved'
         WHEN m.grace_until > :now THEN 'grace'
         WHEN m.matters = '{}' AND m.fault IS NULL THEN 'ready'
         ELSE 'not-ready' END
"""
_SEEN: Final = f"""
    WITH asked AS (
        SELECT a.client_id, a.place
        FROM unnest(CAST(:clients AS integer[])) WITH ORDINALITY AS a (client_id, place)),
    seen AS (
        SELECT a.place, m.client_id, m.billing_period, m.ends_at, m.grace_until, m.currency, m.net,
               m.gross, m.adjusted_net, m.former_net, m.number, m.is_legal, m.legal_numbers,
               m.legal_net, m.legal_gross, m.matters, coalesce(p.fault, m.fault) AS fault,
               m.looked_at, p.approved_by, p.approved_at, p.override_reason,
               m.grace_until <= :now OR p.override_reason IS NOT NULL AS may_close,
               {_STAGE} AS stage
        FROM asked a
        JOIN billing.month_state m ON m.client_id = a.client_id AND m.billing_period = :month
        LEFT JOIN billing.period_approval p
            ON p.client_id = m.client_id AND p.billing_period = m.billing_period)
"""  # noqa: S608 - the parts are ours
_COLUMNS: Final = """
    client_id, billing_period AS month, stage, ends_at, grace_until, currency, net, gross,
    adjusted_net, former_net, number, is_legal, legal_numbers, legal_net, legal_gross, matters,
    fault, looked_at, approved_by, approved_at, override_reason
"""


def _asked_of_seen(question: str) -> TextClause:
    return text(_SEEN + question)


_COUNTS: Final = _asked_of_seen("SELECT stage, count(*) AS months FROM seen GROUP BY stage")
_PAGE: Final = _asked_of_seen(
    f"SELECT {_COLUMNS} FROM seen WHERE CAST(:stage AS text) IS NULL OR stage = :stage "  # noqa: S608 - as above
    "ORDER BY place LIMIT :rows OFFSET :skipped"
)
#: Nothing is missing of them, and nobody approved them.
_APPROVABLE: Final = _asked_of_seen(
    f"SELECT {_COLUMNS} FROM seen WHERE stage IN ('ready', 'grace') AND matters = '{{}}' "  # noqa: S608 - as above
    "AND fault IS NULL AND net IS NOT NULL ORDER BY place"
)
#: Where a month and the one before it both have a total, their difference says something.
_TOTALS: Final = _asked_of_seen(
    """
    SELECT currency, count(net) AS months, sum(net) AS net,
           sum(net) FILTER (WHERE former_net IS NOT NULL) AS compared_net,
           sum(former_net) FILTER (WHERE net IS NOT NULL) AS former_net
    FROM seen WHERE net IS NOT NULL AND (CAST(:stage AS text) IS NULL OR stage = :stage)
    GROUP BY currency ORDER BY count(*) DESC, currency
    """
)
#: Approved together with, or after, the first one that still waits for the worker.
_PROGRESS: Final = _asked_of_seen(
    """, waiting AS (
        SELECT min(approved_at) AS first FROM seen
        WHERE may_close AND stage IN ('approved', 'closing'))
    SELECT count(*) FILTER (WHERE stage = 'issued') AS issued,
           count(*) FILTER (WHERE stage = 'failed') AS failed, count(*) AS of_all
    FROM seen, waiting WHERE approved_at >= waiting.first AND may_close
    """
)
_MONTHS: Final = text(
    """
    SELECT billing_period AS month, bool_or(ends_at <= :now) AS has_ended,
           max(looked_at) AS looked_at
    FROM billing.month_state WHERE client_id = ANY (:clients)
    GROUP BY billing_period ORDER BY billing_period DESC
    """
)
_CHANGES: Final = text("SELECT billing.month_changes(:session)")
_SEES: Final = text("SELECT billing.visible_client_ids() IS NOT NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSeen:
    """A client's month at its end, as it was last looked up."""

    client_id: int
    month: date  #: its first day
    stage: MonthStage
    ends_at: datetime  #: exclusive
    grace_until: datetime  #: exclusive
    currency: str
    net: Decimal | None  #: the document's, else the draft's; None while there is none
    gross: Decimal | None
    adjusted_net: Decimal | None  #: part of net that corrects earlier months
    former_net: Decimal | None  #: the month before's, as issued, in the same currency
    number: str | None  #: of its document
    is_legal: bool | None  #: whether that is the legal document
    legal_numbers: str | None  #: in another system
    legal_net: Decimal | None
    legal_gross: Decimal | None
    matters: Mapping[str, int] = field(default_factory=dict)  #: what is not ready, by kind
    fault: str | None  #: why it could not be closed, or no draft be made
    looked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    override_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsAsked:
    """Which clients' months are asked for."""

    client_ids: Sequence[int]  #: in the order in which they are shown
    month: date  #: its first day
    now: datetime

    @property
    def given(self) -> dict[str, object]:
        """What each question takes of it."""
        return {"clients": list(self.client_ids), "month": self.month, "now": self.now}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsTotal:
    """What the months of one currency come to, before tax."""

    currency: str
    months: int  #: that have a total
    net: Decimal
    compared_net: Decimal | None  #: of those whose month before was issued; None: of none
    former_net: Decimal | None  #: their months before


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the worker is with what was approved and may be closed."""

    issued: int
    failed: int
    of_all: int  #: those too that wait


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthKnown:
    """A month of which something is known."""

    month: date  #: its first day
    has_ended: bool  #: for some client
    looked_at: datetime  #: when it was last looked up for any


def months_known(
    connection: Connection, client_ids: Sequence[int], now: datetime
) -> tuple[MonthKnown, ...]:
    """Give the months of which something is known of the clients, the latest first."""
    rows = connection.execute(_MONTHS, {"clients": list(client_ids), "now": now}).mappings()
    return tuple(MonthKnown(**row) for row in rows)


def stage_counts(connection: Connection, asked: MonthsAsked) -> Mapping[MonthStage, int]:
    """Give how many of the clients' months are how far; stages without any are left out."""
    rows = connection.execute(_COUNTS, asked.given)
    found = {MonthStage(row.stage): row.months for row in rows}
    return {stage: found[stage] for stage in MonthStage if stage in found}


def months_seen(
    connection: Connection, asked: MonthsAsked, stage: MonthStage | None, *, rows: int, skipped: int
) -> tuple[MonthSeen, ...]:
    """Give a page of the clients' months, in the order of the clients.

    Args:
        connection: sees all their rows.
        asked: whose, and which month.
        stage: only those that are so far; None: all.
        rows: how many at most.
        skipped: how many come before.
    """
    wanted = {"stage": stage and stage.value, "rows": rows, "skipped": skipped}
    return _seen(connection.execute(_PAGE, {**asked.given, **wanted}))


def month_totals(
    connection: Connection, asked: MonthsAsked, stage: MonthStage | None
) -> tuple[MonthsTotal, ...]:
    """Give what the clients' months come to, the currency of the most months first."""
    rows = connection.execute(_TOTALS, {**asked.given, "stage": stage and stage.value})
    return tuple(MonthsTotal(**row) for row in rows.mappings())


def months_approvable(connection: Connection, asked: MonthsAsked) -> tuple[MonthSeen, ...]:
    """Give the months of which nothing is missing and that nobody approved."""
    return _seen(connection.execute(_APPROVABLE, asked.given))


def closing_progress(connection: Connection, asked: MonthsAsked) -> Progress | None:
    """Give how far the worker is; None while nothing approved waits for it."""
    found = Progress(**connection.execute(_PROGRESS, asked.given).mappings().one())
    return found if found.of_all else None


def sees_all_its_clients(connection: Connection) -> bool:
    """Whether the session of a portal's transaction is live and one of the MSP's people.

    Once it has ended every table seems empty, which is no answer.
    """
    return bool(connection.execute(_SEES).scalar())


def month_changes(connection: Connection, session_hash: bytes) -> int:
    """Give how often it changed how far any month is; 0 for whoever isn't told."""
    return int(connection.execute(_CHANGES, {"session": session_hash}).scalar() or 0)


def _seen(rows: CursorResult[tuple[object, ...]]) -> tuple[MonthSeen, ...]:
    return tuple(MonthSeen(**{**row, "stage": MonthStage(row["stage"])}) for row in rows.mappings())
