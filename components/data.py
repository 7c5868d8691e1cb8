"""What screens read: the only caches, and beside viewer and actions the only way to `db`.

Each question takes the viewer of this run, checks that he is, and is then answered from a cache
whose key starts with client, database role and a version: of the client's records, or, for what
is of a month, the one with which something last changed up to that month. Nobody is answered with
another client's figures, nothing outlives a change, and a new record leaves earlier months alone.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from billing_core.metering import Meter, MeterUsage
from billing_core.period import BillingPeriod, period_of
from billing_core.prices import Agreement
from components.kept import About, Kept
from components.persons import SessionEndedError
from components.standing import agreement_in, charged, months_shown
from components.viewer import Viewer, require_viewer
from db import look
from db.look import Looker, NoLongerSeenError
from db.portal import portal_engine
from db.queries import setup as setup_queries
from db.queries import usage as usage_queries
from db.queries.quality import Arrivals, Defects, MeterGaps, arrivals_of, gaps_of_meters
from db.queries.record_details import late_records, record_of
from db.queries.record_values import (
    CrossingCaused,
    LateRecords,
    Place,
    Record,
    RecordDetail,
    RecordInOrder,
    RecordPage,
    RecordsAsked,
)
from db.queries.records import page_of_records
from db.queries.rejected import RefusedCount
from db.queries.screens import CrossingNoted, CrossingSeen, crossing_count, crossings_of
from db.queries.usage import SourceFreshness
from db.queries.usage_carried import Carried, carried_in
from db.queries.usage_days import MonthUsage, month_usage_at

__all__ = ["CrossingCaused", "CrossingNoted", "CrossingSeen", "Defects", "LateRecords"]
__all__ += ["Place", "Record", "RecordDetail", "RecordInOrder", "RecordPage"]
__all__ += ["MonthUsage", "RecordsAsked", "RefusedCount", "SourceFreshness"]

MOMENT = 60  #: seconds that "now" stays the same while no record arrives; levels grow with time
SETUP = "0001-01"  #: before every month: what is agreed changes for all of them at once
Answer = TypeVar("Answer")

_moment = Kept(MOMENT)
_of_present = Kept(3 * MOMENT)
_of_month = Kept(3600)  # the key changes with what it depends on, so this only frees memory


def forget() -> None:
    """Forget all that is kept, as if the process had just begun."""
    for each in (_moment, _of_present, _of_month):
        each.forget()


def now() -> datetime:
    """Give the present; the only clock of the screens."""
    return datetime.now(UTC)


def _check(viewer: Viewer) -> None:
    if require_viewer() != viewer:
        raise PermissionError("this run belongs to another viewer")


def _looker(viewer: Viewer) -> Looker:
    client, role = viewer.client.client_id, viewer.database_role
    return Looker(session_hash=viewer.session_hash, client_id=client, database_role=role)


def one_look(viewer: Viewer) -> AbstractContextManager[None]:
    """Answer what is asked within, where it must be asked, from one state of the database."""
    return look.one_look(portal_engine(), _looker(viewer))


def read(viewer: Viewer, question: Callable[[Connection, int], Answer]) -> Answer:
    try:
        return look.read(portal_engine(), _looker(viewer), question)
    except NoLongerSeenError as ended:
        raise SessionEndedError(str(ended)) from None


def _whose(viewer: Viewer) -> tuple[int, str]:
    return viewer.client.client_id, viewer.database_role


def now_kept(viewer: Viewer, about: About, answer: Callable[[], Answer]) -> Answer:
    """Keep what may change with each record of the client."""
    _check(viewer)
    return _of_present.answer(*_whose(viewer), viewer.records_version, about, answer)


def month_kept(viewer: Viewer, about: About, month: str, answer: Callable[[], Answer]) -> Answer:
    """Keep what changes only with what is recorded of a month or of those before it."""
    _check(viewer)
    return _of_month.answer(*_whose(viewer), viewer.version_up_to(month), (*about, month), answer)


def kept(
    viewer: Viewer, about: About, period: BillingPeriod, now: datetime,
    answer: Callable[[datetime], Answer],
) -> Answer:  # fmt: skip
    """Keep what is known of a month: of one that has ended, until it changes."""
    if now >= period.ends_at:
        return month_kept(viewer, about, period.name, lambda: answer(period.ends_at))
    return now_kept(viewer, (*about, period.name, now.isoformat()), lambda: answer(now))


def as_of(viewer: Viewer) -> datetime:
    """Give the instant as of which a run shows everything; asked once, then handed to the rest."""
    _check(viewer)
    return _moment.answer(*_whose(viewer), viewer.records_version, (), now)


def sheet(viewer: Viewer, about: About, make: Callable[[], Answer]) -> Answer:
    """Give what a page shows, made once for all runs that are about the same month, address."""
    client = viewer.client
    who = (viewer.role.value, client.name, client.locale, client.zone)
    return now_kept(viewer, ("sheet", *who, *about), make)


def agreements(viewer: Viewer) -> tuple[Agreement, ...]:
    """Give the client's agreements: past, present and announced."""
    question = partial(read, viewer, setup_queries.agreements_of)
    return month_kept(viewer, ("agreements",), SETUP, question)


def meters(viewer: Viewer) -> Mapping[str, Meter]:
    """Give all meters by code."""
    question = partial(read, viewer, lambda each, _client: setup_queries.meters(each))
    return month_kept(viewer, ("meters",), SETUP, question)


def periods(viewer: Viewer, now: datetime) -> tuple[BillingPeriod, ...]:
    """Give the months that have something to show, the latest first."""
    zone = viewer.client.zone

    def build() -> tuple[BillingPeriod, ...]:
        return months_shown(agreements(viewer), read(viewer, usage_queries.periods_of), zone, now)

    # Storing a month raises the version of all of them.
    return month_kept(viewer, ("periods", zone, period_of(now, zone).name), SETUP, build)


def usage_at(
    viewer: Viewer, period: BillingPeriod, meters: Sequence[Meter], instants: Sequence[datetime]
) -> Mapping[str, MeterUsage]:
    """Give meters' quantities by resource at instants; not kept."""
    _check(viewer)
    held, ask = _carried(viewer, period, meters), usage_queries.usage_at
    return read(viewer, lambda each, client: ask(each, client, period, meters, instants, held))


def month_usage(
    viewer: Viewer, period: BillingPeriod, meters: Sequence[Meter],
    instants: tuple[Sequence[datetime], Sequence[datetime]],
) -> MonthUsage:  # fmt: skip
    """Give meters' quantities by resource at some instants, together at others; not kept."""
    _check(viewer)
    held, ask = _carried(viewer, period, meters), month_usage_at
    return read(viewer, lambda each, client: ask(each, client, period, meters, instants, held))


def _carried(viewer: Viewer, period: BillingPeriod, asked: Sequence[Meter]) -> Carried:
    """Give the levels carried into a month: they change only with the months before it."""
    known = {*asked, *charged(agreement_in(agreements(viewer), period), meters(viewer))}
    levels = sorted((each for each in known if each.aggregation.is_level), key=lambda of: of.code)
    about = ("carried", period.name, *(each.code for each in levels))
    ask = partial(carried_in, period=period, meters=levels)
    return month_kept(viewer, about, period.previous().name, lambda: read(viewer, ask))


def quality(viewer: Viewer, period: BillingPeriod, now: datetime) -> Defects:
    """Give what is missing of a period's data, meter by meter, and what was refused."""

    def ask(until: datetime) -> tuple[MeterGaps, ...]:
        known = charged(agreement_in(agreements(viewer), period), meters(viewer))
        gaps = partial(gaps_of_meters, meters=known, period=period, until=until)
        return read(viewer, partial(gaps, carried=_carried(viewer, period, known)))

    found = arrivals(viewer)
    gaps = kept(viewer, ("gaps",), period, now, ask)
    return Defects(gaps=gaps, refused=found.refused, waiting=found.waiting)


def arrivals(viewer: Viewer) -> Arrivals:
    """Give when each source was last heard, and what waits for somebody."""
    return now_kept(viewer, ("arrivals",), lambda: read(viewer, arrivals_of))


def crossings(viewer: Viewer, period: BillingPeriod) -> tuple[CrossingSeen, ...]:
    """Give the bounds and thresholds passed in a period, the latest first."""

    def noted() -> tuple[CrossingSeen, ...]:
        # What is noted stays as it is. A count of another look might say more than this one sees.
        about = ("crossings", period.name, str(read(viewer, crossing_count)))
        ask = partial(crossings_of, period=period)
        return month_kept(viewer, about, SETUP, lambda: read(viewer, ask))

    return now_kept(viewer, ("crossings", period.name), noted)


def late(viewer: Viewer, period: BillingPeriod, meter: Meter) -> tuple[LateRecords, ...]:
    """Give the records of earlier months that a period bills."""
    ask = partial(late_records, meter=meter, period=period)
    return month_kept(viewer, ("late", meter.code), period.name, lambda: read(viewer, ask))


def records(viewer: Viewer, asked: RecordsAsked) -> RecordPage:
    """Give a page of a meter's records with their running quantities."""
    ask = partial(page_of_records, asked=asked)
    return now_kept(viewer, ("records", *asked.key), lambda: read(viewer, ask))


def record(viewer: Viewer, event_id: UUID) -> RecordDetail | None:
    """Give one record; None where this client has none of this id."""
    ask = partial(record_of, event_id=event_id)
    return now_kept(viewer, ("record", str(event_id)), lambda: read(viewer, ask))
