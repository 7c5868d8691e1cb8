"""Questions about a month's end, for people of the MSP who look at all their clients at once.

What they may see is a policy's to say (`billing.visible_client_ids`); the clients are named all the
same, in the order in which they are to be shown.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, CursorResult, TextClause, text

from db.queries.month_state_values import (
    MonthKnown,
    MonthsAsked,
    MonthSeen,
    MonthStage,
    MonthsTotal,
    Progress,
    StageCounts,
)

#: How far a month `m` is; what was decided of it is `p`, the present `:now`. One that could not be
#: closed because something is missing waits, as approved: only what else is in the way failed.
_STAGE: Final = """
    CASE WHEN m.period_state = 'issued' THEN 'issued'
         WHEN p.fault IS NOT NULL AND m.matters = '{}' THEN 'failed'
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
               m.gross, m.booked_net, m.booked_gross, m.adjusted_net, m.former_net, m.number,
               m.is_legal, m.legal_numbers, m.legal_net, m.legal_gross, m.matters,
               coalesce(p.fault, m.fault) AS fault,
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
    booked_net, booked_gross, adjusted_net, former_net, number, is_legal, legal_numbers, legal_net,
    legal_gross, matters, fault, looked_at, approved_by, approved_at, override_reason
"""


def _asked_of_seen(question: str) -> TextClause:
    return text(_SEEN + question)


_COUNTS: Final = _asked_of_seen(
    "SELECT stage, count(*) AS months, max(looked_at) AS looked_at FROM seen GROUP BY stage"
)
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
#: From one month to the one before it, by the index: however many clients there are.
_MONTHS: Final = text(
    """
    WITH RECURSIVE months AS (
        SELECT max(s.billing_period) AS month FROM billing.month_state s
        UNION ALL
        SELECT (SELECT max(s.billing_period) FROM billing.month_state s
                WHERE s.billing_period < m.month)
        FROM months m WHERE m.month IS NOT NULL)
    SELECT m.month, EXISTS (SELECT FROM billing.month_state s
                            WHERE s.billing_period = m.month AND s.ends_at <= :now) AS has_ended
    FROM months m WHERE m.month IS NOT NULL
    """
)
_CHANGES: Final = text("SELECT billing.month_changes(:session)")
_SEES: Final = text("SELECT billing.visible_client_ids() IS NOT NULL")


def months_known(connection: Connection, now: datetime) -> tuple[MonthKnown, ...]:
    """Give the months of which something is known of any client, the latest first."""
    rows = connection.execute(_MONTHS, {"now": now}).mappings()
    return tuple(MonthKnown(**row) for row in rows)


def stage_counts(connection: Connection, asked: MonthsAsked) -> StageCounts:
    """Give how many of the clients' months are how far; stages without any are left out."""
    rows = connection.execute(_COUNTS, asked.given).all()
    found = {MonthStage(row.stage): row.months for row in rows}
    going_on = [row.looked_at for row in rows if row.stage != MonthStage.ISSUED]
    return StageCounts(
        months={stage: found[stage] for stage in MonthStage if stage in found},
        looked_at=max(going_on, default=None),
    )


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
