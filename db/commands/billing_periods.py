"""Billing periods: stored once, when the first usage of a month is recorded."""

from datetime import date, datetime

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from billing_core.period import BillingPeriod, month_after
from db.models import Agreement as AgreementRow
from db.models import BillingPeriod as PeriodRow


class NoAgreementError(LookupError):
    """No agreement of the client runs in the month."""


def ensure_period(
    connection: Connection, client_id: int, period: BillingPeriod, *, after_the_end: bool = False
) -> BillingPeriod:
    """Store a client's month unless it is stored, and give it as stored.

    It starts where the month before ended and ends where the month after starts, if those are
    stored: after a change of the client's zone no instant is in two months or in none. Two
    transactions may do this at once.

    Args:
        connection: a transaction.
        client_id: whose month.
        period: the month.
        after_the_end: whether the agreement that ended last will do, where none runs.

    Raises:
        NoAgreementError: no agreement runs on any day of the month.
    """
    stored = _stored(connection, client_id, period.month)
    if stored is None:
        _store(connection, client_id, period, after_the_end=after_the_end)
        stored = _stored(connection, client_id, period.month)
    if stored is None:
        raise AssertionError("a period that was just stored, or was there, is there")
    return BillingPeriod(
        name=f"{stored.billing_period:%Y-%m}",
        starts_at=stored.starts_at,
        ends_at=stored.ends_at,
        zone=stored.zone,
    )


def _stored(
    connection: Connection, client_id: int, month: date
) -> Row[date, datetime, datetime, str] | None:
    return connection.execute(
        select(PeriodRow.billing_period, PeriodRow.starts_at, PeriodRow.ends_at, PeriodRow.zone)
        .where(PeriodRow.client_id == client_id)
        .where(PeriodRow.billing_period == month)
    ).one_or_none()


def _store(
    connection: Connection, client_id: int, period: BillingPeriod, *, after_the_end: bool
) -> None:
    before = _stored(connection, client_id, month_after(period.month, -1))
    after = _stored(connection, client_id, month_after(period.month))
    connection.execute(
        insert(PeriodRow)
        .values(
            client_id=client_id,
            billing_period=period.month,
            starts_at=before.ends_at if before else period.starts_at,
            ends_at=after.starts_at if after else period.ends_at,
            zone=period.zone,
            agreement_id=_agreement_id(connection, client_id, period, after_the_end=after_the_end),
        )
        .on_conflict_do_nothing()
    )


def _agreement_id(
    connection: Connection, client_id: int, period: BillingPeriod, *, after_the_end: bool
) -> int:
    """The agreement of a month: setup sees to it that no two share one."""
    begun = (
        select(AgreementRow.agreement_id)
        .where(AgreementRow.client_id == client_id)
        .where(AgreementRow.starts_on <= period.last_day)
    )
    runs = AgreementRow.ends_on.is_(None) | (AgreementRow.ends_on > period.first_day)
    found = connection.execute(begun.where(runs).order_by(AgreementRow.starts_on)).scalar()
    if found is None and after_the_end:
        found = connection.execute(begun.order_by(AgreementRow.starts_on.desc())).scalar()
    if found is None:
        raise NoAgreementError(f"No agreement of the client runs in {period.name}.")
    return found
