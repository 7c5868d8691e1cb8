"""Months at their end for tests of screens: as the worker would have looked them up."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import text

from billing_core.period import month_after
from tests.support.database import Database

#: What is known of a month that is ready, unless a test says otherwise.
READY: Final[Mapping[str, object]] = {
    "period_state": "open",
    "is_shadow": False,
    "currency": "EUR",
    "net": "1000.00",
    "gross": "1210.00",
    "matters": "{}",
    "records_version": 1,
    "month_version": 1,
}
_PERIOD: Final = text(
    "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone, "
    "agreement_id) SELECT c.client_id, :month, :starts, :ends, 'UTC', min(a.agreement_id) "
    "FROM billing.client c JOIN billing.agreement a USING (client_id) WHERE c.slug = :slug "
    "GROUP BY c.client_id ON CONFLICT DO NOTHING"
)


def put_month(
    database: Database,
    slug: str,
    month: date,
    *,
    looked_at: datetime,
    matters: Mapping[str, int] | None = None,
    **columns: object,
) -> None:
    """Say what is known of a client's month, in place of what was known.

    It ends and its grace time is over with the month unless `ends_at` and `grace_until` say
    otherwise.
    """
    starts = datetime(month.year, month.month, 1, tzinfo=UTC)
    after = month_after(month)
    ends = datetime(after.year, after.month, 1, tzinfo=UTC)
    values: dict[str, object] = {
        **READY,
        "ends_at": ends,
        "grace_until": ends,
        "looked_at": looked_at,
        **columns,
    }
    for total in ("net", "gross"):
        values.setdefault(f"booked_{total}", values[total])
    if matters is not None:
        values["matters"] = json.dumps(matters)
    names = ", ".join(values)
    given = ", ".join(f":{name}" for name in values)
    renewed = ", ".join(f"{name} = excluded.{name}" for name in values)
    statement = (
        f"INSERT INTO billing.month_state (client_id, billing_period, {names}) "
        f"SELECT client_id, :month, {given} FROM billing.client WHERE slug = :slug "
        f"ON CONFLICT (client_id, billing_period) DO UPDATE SET {renewed}, "
        "changes = month_state.changes + 1"
    )
    with database.as_owner() as connection:
        period = {"slug": slug, "month": month, "starts": starts, "ends": ends}
        connection.execute(_PERIOD, period)
        connection.execute(text(statement), {**values, "slug": slug, "month": month})


def put_approval(
    database: Database,
    slug: str,
    month: date,
    *,
    by: str,
    at: datetime,
    reason: str | None = None,
    fault: str | None = None,
) -> None:
    """Say that somebody approved a client's month, and what went wrong since."""
    statement = text(
        "INSERT INTO billing.period_approval (client_id, billing_period, approved_by, approved_at, "
        "override_reason, fault, failed_at) SELECT client_id, :month, :by, :at, :reason, :fault, "
        ":failed FROM billing.client WHERE slug = :slug"
    )
    given = {"slug": slug, "month": month, "by": by, "at": at, "reason": reason, "fault": fault}
    with database.as_owner() as connection:
        connection.execute(
            statement, {**given, "failed": at + timedelta(minutes=1) if fault else None}
        )
