"""The demo's months: closed one after the other at the instants at which they would have been.

What comes late is taken in between two closings, like any other file. All of it may be done
again: what is issued stays, and a load goes on with the first month that is not.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from billing_core.period import month_after
from db.commands.closing import Closing
from db.engine import make_engine
from db.queries.billing_calendar import Calendar, MonthState, calendar_of
from db.queries.clients import client_id_of
from db.queries.demo import newest_issue
from db.session import writer_transaction
from demo.calendar import Window, month_index
from demo.clients import PORTRAITS
from demo.generator import afterwards, once_name
from demo.incidents import stragglers
from demo.portrait import Portrait
from demo.rows import Row
from demo.setup_files import agreement_starts
from documents.keys import SigningKey
from jobs.closing import closed_for
from jobs.demo_streams import take_in_rows
from jobs.demo_workers import OnShare
from jobs.desk import Desk

ACTOR: Final = "demo"
IN_THE_MORNING: Final = timedelta(hours=9)  #: after a grace time, which ends at midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFiles:
    """What a desk issues with, for processes that open it for themselves."""

    signing_key: Path  #: file of the private key
    heads: Path  #: folder of the head files

    def desk(self, engine: Engine) -> Desk:
        """Open a desk on a database, with the writer's engine."""
        return Desk(engine=engine, key=SigningKey.load(self.signing_key), heads=self.heads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What came of a client's months."""

    stored: int = 0  #: records that came late
    issued: int = 0
    refusal: str = ""  #: why no more of them were issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """The months of a client, up to the running one."""

    client: str  #: slug
    whole: Window  #: of all readings
    thinning: int
    files: frozenset[str]  #: names of those that were taken in before
    desk_files: DeskFiles
    weight: int  #: about how long they take, in readings that are loaded meanwhile

    @property
    def portrait(self) -> Portrait:
        """The client."""
        return next(portrait for portrait in PORTRAITS if portrait.slug == self.client)

    def work(self, writer_url: str, on_share: OnShare) -> Progress:
        """Close those that are over with their grace time; take in what comes in between."""
        engine = make_engine(writer_url, pool_size=1)
        try:
            client_id = client_id_of(engine, self.client)
            if client_id is None:
                raise AssertionError(f"{self.client} is set up")
            desk = self.desk_files.desk(engine)
            return _closed(_Client(desk=desk, client_id=client_id, months=self), on_share)
        finally:
            engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """A client in the database, and what of it is asked for."""

    desk: Desk
    client_id: int
    months: Months


def _closed(client: _Client, on_share: OnShare) -> Progress:
    stored, issued = _take_in_corrections(client), 0
    due, coming = _without_document(client)
    for month, at in due:
        stored += _take_in_stragglers(client, month)
        refusal = _close(client, month, at)
        if refusal:
            return Progress(stored=stored, issued=issued, refusal=refusal)
        issued += 1
        on_share(issued / len(due))
    return Progress(stored=stored + _take_in_stragglers(client, coming), issued=issued)


def _without_document(client: _Client) -> tuple[list[tuple[date, datetime]], date]:
    """Give the months that are to be closed, each with the instant, and the month after them."""
    with writer_transaction(client.desk.engine, [client.client_id]) as connection:
        calendar = calendar_of(connection, client.client_id)
        newest = newest_issue(connection, client.client_id)
    due: list[tuple[date, datetime]] = []
    for month, closes_at in _months_of(calendar):
        if closes_at > client.months.whole.until:
            return due, month
        if calendar.state_of(month) is not MonthState.ISSUED:
            due.append((month, max(closes_at, newest or closes_at)))
    raise AssertionError("agreements of the demo have no end")


def _months_of(calendar: Calendar) -> Iterator[tuple[date, datetime]]:
    """Give months by their first day, with the instant at which each is closed; without an end."""
    month = calendar.first
    while month is not None and (agreement := calendar.agreement_of(month)) is not None:
        grace = timedelta(hours=agreement.grace_hours)
        yield month, calendar.period_of(month).ends_at + grace + IN_THE_MORNING
        month = month_after(month)


def _close(client: _Client, month: date, at: datetime) -> str:
    """Close a month like anybody; gives why not."""
    asked = Closing(
        client_id=client.client_id,
        month=month,
        as_of=at,
        actor=ACTOR,
        override=client.months.portrait.in_spite,
    )
    slug = client.months.client
    outcome = closed_for(client.desk, slug, asked)
    if outcome.sentences:
        return f"{slug} {month:%Y-%m} is not issued: {' '.join(outcome.sentences)}"
    return ""


def _take_in_corrections(client: _Client) -> int:
    """Take in what came after all else, though in time."""
    months = client.months
    starts_on = agreement_starts(months.whole.anchor)[months.client]
    return _take_in_once(
        client,
        "afterwards",
        lambda source: afterwards(
            months.portrait, source, months.whole, starts_on, months.thinning
        ),
    )


def _take_in_stragglers(client: _Client, month: date) -> int:
    """Take in what comes once the month before is issued, and is billed by this one."""
    months = client.months
    billed = month_index(month) - month_index(months.whole.anchor)
    return _take_in_once(
        client,
        f"late-{month:%Y-%m}",
        lambda source: stragglers(months.portrait, source, months.whole, billed),
    )


def _take_in_once(client: _Client, kind: str, rows_of: Callable[[str], Iterable[Row]]) -> int:
    """Take in a file of each source that has something to say, unless it was before."""
    months, stored = client.months, 0
    for source in months.portrait.sources:
        name = once_name(kind, months.client, source, months.whole.anchor)
        if name not in months.files:
            stored += take_in_rows(
                client.desk.engine, months.client, source, name, rows_of(source), months.whole.until
            )
    return stored
