"""What screens read: the only caches, and beside viewer and actions the only way to `db`.

Each question takes the viewer of this run, checks that he is, and is then answered from a cache
whose key starts with client, database role and a version: of the client's records, or, for what
is of a month, the one with which something last changed up to that month. Nobody is answered with
another client's figures, nothing outlives a change, and a new record leaves earlier months alone.
What is kept is kept as bytes: each run gets values of its own, and the garbage collection after it
none to walk through.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import streamlit as st
from sqlalchemy import Connection

from billing_core.invoicing import build_invoice, rating_instants
from billing_core.metering import Meter, MeterUsage
from billing_core.period import BillingPeriod, period_of
from billing_core.prices import Agreement
from components.persons import SessionEndedError
from components.standing import Draft, MonthTotal, agreement_in, meter_codes_of, months_shown
from components.viewer import Viewer, require_viewer
from db.portal import portal_engine
from db.queries import quality as quality_queries
from db.queries import record_details
from db.queries import records as record_queries
from db.queries import screens as screen_queries
from db.queries import setup as setup_queries
from db.queries import usage as usage_queries
from db.queries.quality import Defects, MeterGaps, WaitingCorrections
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
from db.queries.rejected import RefusedCount
from db.queries.screens import CrossingNoted, CrossingSeen
from db.queries.sign_in import still_sees
from db.queries.usage import SourceFreshness
from db.session import portal_transaction

__all__ = ["CrossingCaused", "CrossingNoted", "CrossingSeen", "Defects", "LateRecords"]
__all__ += ["MeterGaps", "Place", "Record", "RecordDetail", "RecordInOrder", "RecordPage"]
__all__ += ["RecordsAsked", "RefusedCount", "SourceFreshness", "WaitingCorrections"]

MOMENT = 60  #: seconds that "now" stays the same while no record arrives; levels grow with time
LIFETIME = 3600  #: seconds; the key changes with every record, so this only frees memory
ENTRIES = 2048
HISTORY = 12  #: months
MOST_GAPS = 60  #: whose edges are known exactly in one course
Answer = TypeVar("Answer")


def now() -> datetime:
    """Give the present; the only clock of the screens."""
    return datetime.now(UTC)


@st.cache_data(ttl=MOMENT, max_entries=ENTRIES, show_spinner=False)
def _moment(client_id: int, database_role: str, version: int) -> datetime:
    del client_id, database_role, version  # they are the key
    return now()


@st.cache_data(ttl=LIFETIME, max_entries=ENTRIES, show_spinner=False)
def _kept(
    client_id: int,
    database_role: str,
    version: int,
    about: tuple[str, ...],
    _answer: Callable[[], Answer],
) -> Answer:
    del client_id, database_role, version, about  # they are the key
    return _answer()


def _whose(viewer: Viewer) -> tuple[int, str, int]:
    """Check that this is the viewer of this run; give the first part of each key.

    Raises PermissionError for a viewer of another run.
    """
    if require_viewer() != viewer:
        raise PermissionError("this run belongs to another viewer")
    return viewer.client.client_id, viewer.database_role, viewer.records_version


def _read(viewer: Viewer, question: Callable[[Connection, int], Answer]) -> Answer:
    client_id = viewer.client.client_id
    with portal_transaction(
        portal_engine(),
        session_hash=viewer.session_hash,
        client_id=client_id,
        database_role=viewer.database_role,
    ) as connection:
        answer = question(connection, client_id)
        if not still_sees(connection, client_id):
            raise SessionEndedError("the session ended while it asked: this is nobody's answer")
        return answer


def _keep(viewer: Viewer, about: tuple[str, ...], answer: Callable[[], Answer]) -> Answer:
    client, role, version = _whose(viewer)
    # By name: of what is given by place, Streamlit looks the name up each time.
    return _kept(client_id=client, database_role=role, version=version, about=about, _answer=answer)


def _asked(
    viewer: Viewer, about: tuple[str, ...], answer: Callable[[Connection, int], Answer]
) -> Answer:
    return _keep(viewer, about, lambda: _read(viewer, answer))


def as_of(viewer: Viewer) -> datetime:
    """Give the instant as of which a run shows everything; asked once, then handed to the rest."""
    client, role, version = _whose(viewer)
    return _moment(client_id=client, database_role=role, version=version)


def sheet(viewer: Viewer, about: tuple[str, ...], make: Callable[[], Answer]) -> Answer:
    """Give what a page shows, made once for all runs that would make the same.

    Args:
        viewer: Of this run; his role and his client's name, locale and zone are in the key.
        about: Whatever else it is made from: page, month, moment, what its addresses carry.
        make: Makes it from answers of this module.
    """
    client = viewer.client
    who = (viewer.role.value, client.name, client.locale, client.zone)
    return _keep(viewer, ("sheet", *who, *about), make)


def agreements(viewer: Viewer) -> tuple[Agreement, ...]:
    """Give the client's agreements: past, present and announced."""
    return _asked(viewer, ("agreements",), setup_queries.agreements_of)


def meters(viewer: Viewer) -> Mapping[str, Meter]:
    """Give all meters by code."""
    return _asked(viewer, ("meters",), lambda each, _client: dict(setup_queries.meters(each)))


def periods(viewer: Viewer, now: datetime) -> tuple[BillingPeriod, ...]:
    """Give the months that have something to show, the latest first."""
    zone = viewer.client.zone

    def ask(connection: Connection, client_id: int) -> tuple[BillingPeriod, ...]:
        agreed = setup_queries.agreements_of(connection, client_id)
        return months_shown(agreed, usage_queries.periods_of(connection, client_id), zone, now)

    return _asked(viewer, ("periods", period_of(now, zone).name), ask)


def draft(viewer: Viewer, period: BillingPeriod, now: datetime) -> Draft | None:
    """Give a period's invoice as known now; None where no agreement runs in it."""
    until = min(now, period.ends_at)

    def build(connection: Connection, client_id: int) -> Draft | None:
        agreement = agreement_in(setup_queries.agreements_of(connection, client_id), period)
        if agreement is None:
            return None
        known = setup_queries.meters(connection)
        metered = [known[code] for code in meter_codes_of(agreement)]
        instants = rating_instants(agreement, period, until)
        usage = usage_queries.usage_at(connection, client_id, period, metered, instants)
        invoice = build_invoice(agreement=agreement, period=period, usage=usage, as_of=until)
        kept = dict(usage)
        return Draft(invoice=invoice, agreement=agreement, period=period, usage=kept, as_of=until)

    return _asked(viewer, ("draft", period.name, until.isoformat()), build)


def history(viewer: Viewer, period: BillingPeriod, now: datetime) -> tuple[MonthTotal, ...]:
    """Give the totals of a period and of the months before it, the oldest first."""

    def build() -> tuple[MonthTotal, ...]:
        shown = [each for each in periods(viewer, now) if each.name <= period.name][:HISTORY]
        drafts = (draft(viewer, each, now) for each in reversed(shown))
        return tuple(MonthTotal.of(each) for each in drafts if each is not None)

    about = ("history", period.name, min(now, period.ends_at).isoformat())
    return _keep(viewer, about, build)


def course(viewer: Viewer, period: BillingPeriod, meter: Meter, now: datetime) -> MeterUsage:
    """Give a meter's quantity at each midnight of a period, at gaps, at price changes and now."""
    until = min(now, period.ends_at)

    def ask(connection: Connection, client_id: int) -> MeterUsage:
        agreement = agreement_in(setup_queries.agreements_of(connection, client_id), period)
        silent = usage_queries.gaps_of(connection, client_id, meter, period, until)[:MOST_GAPS]
        wanted = {*period.day_starts(), until}
        wanted |= {edge for gap in silent for edge in (gap.starts_at, gap.ends_at)}
        wanted |= set(rating_instants(agreement, period, until) if agreement else ())
        instants = sorted(at for at in wanted if period.starts_at < at <= until)
        usage = usage_queries.total_usage_at(connection, client_id, period, [meter], instants)
        return usage[meter.code]

    return _asked(viewer, ("course", period.name, meter.code, until.isoformat()), ask)


def quality(viewer: Viewer, period: BillingPeriod, now: datetime) -> Defects:
    """Give what is missing of a period's data, meter by meter, and what was refused."""
    until = min(now, period.ends_at)

    def ask(connection: Connection, client_id: int) -> Defects:
        agreement = agreement_in(setup_queries.agreements_of(connection, client_id), period)
        known = setup_queries.meters(connection)
        charged = [known[code] for code in meter_codes_of(agreement)] if agreement else []
        return quality_queries.quality_of(connection, client_id, charged, period, until)

    return _asked(viewer, ("quality", period.name, until.isoformat()), ask)


def crossings(viewer: Viewer, period: BillingPeriod) -> tuple[CrossingSeen, ...]:
    """Give the bounds and thresholds passed in a period, the latest first."""
    ask = screen_queries.crossings_of
    return _asked(
        viewer, ("crossings", period.name), lambda each, client: ask(each, client, period)
    )


def freshness(viewer: Viewer) -> tuple[SourceFreshness, ...]:
    """Give what each source last said, and when."""
    return _asked(viewer, ("freshness",), usage_queries.freshness)


def records(viewer: Viewer, asked: RecordsAsked) -> RecordPage:
    """Give a page of a meter's records with their running quantities."""
    ask = record_queries.page_of_records
    return _asked(viewer, ("records", *asked.key), lambda each, client: ask(each, client, asked))


def record(viewer: Viewer, event_id: UUID) -> RecordDetail | None:
    """Give one record; None where this client has none of this id."""
    ask = record_details.record_of
    return _asked(
        viewer, ("record", str(event_id)), lambda each, client: ask(each, client, event_id)
    )


def late(viewer: Viewer, period: BillingPeriod, meter: Meter) -> tuple[LateRecords, ...]:
    """Give the records of earlier months that a period bills."""
    ask, about = record_details.late_records, ("late", period.name, meter.code)
    return _asked(viewer, about, lambda each, client: ask(each, client, meter, period))
