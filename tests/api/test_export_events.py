"""Events behind a document, page by page, for as long as the session lives."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from starlette.requests import Request

from api import export_events, exports
from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Meter
from billing_core.period import month_period
from db.commands.setup.apply import apply_setup
from db.look import Looker, NoLongerSeenError, read
from db.portal import portal_engine
from db.queries.exported_chain import carried_events
from db.queries.exported_events import SetAsked
from db.roles import CLIENT
from tests.pages import harbour
from tests.support.database import Database
from tests.support.event_loop import run
from tests.support.viewers import Viewing

NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
NOVEMBER = SetAsked(meter="compute-hours", billed=date(2026, 11, 1), own=date(2026, 11, 1))


@pytest.fixture
def looker(database: Database, viewing: Viewing) -> Looker:
    """Harbour's finance person, with its setup and its records."""
    with database.as_owner() as connection:
        apply_setup(connection, harbour.SETUP, as_of=NOW, actor="test")
    harbour.record_usage(database, NOW)
    person = harbour.number_of(database, "auth.person", "person_id", "email", harbour.FINANCE)
    client = harbour.number_of(database, "billing.client", "client_id", "slug", "harbour")
    return Looker(session_hash=viewing.sign_in(person), client_id=client, database_role=CLIENT)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 2000])
def test_pages_of_any_size_give_every_event_once_in_order(
    looker: Looker, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(export_events, "ROWS", rows)
    found = list(export_events.events_of(looker, NOVEMBER))
    assert [each.source_event_id for each in found] == ["n1", "n2", "n3"]
    assert [each.source for each in found] == ["hypervisor"] * 3
    assert found[0].occurred_at == datetime(2026, 11, 2, 10, tzinfo=UTC)


def test_only_events_of_the_set_are_given(looker: Looker) -> None:
    other = SetAsked(meter="compute-hours", billed=date(2026, 11, 1), own=date(2026, 10, 1))
    assert list(export_events.events_of(looker, other)) == []
    unknown = SetAsked(meter="nothing", billed=date(2026, 11, 1), own=date(2026, 11, 1))
    assert list(export_events.events_of(looker, unknown)) == []


def test_whoever_is_signed_out_while_he_takes_a_file_gets_no_more_of_it(
    looker: Looker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_events, "ROWS", 1)
    stream = export_events.events_of(looker, NOVEMBER)
    assert next(stream).source_event_id == "n1"
    with database.as_owner() as connection:
        connection.execute(text("UPDATE auth.session SET revoked_at = now()"))
    with pytest.raises(NoLongerSeenError):
        next(stream)


def test_a_session_of_another_client_finds_no_event(
    looker: Looker, database: Database, viewing: Viewing
) -> None:
    other = harbour.number_of(database, "auth.person", "person_id", "email", harbour.OTHER)
    foreign = Looker(
        session_hash=viewing.sign_in(other), client_id=looker.client_id, database_role=CLIENT
    )
    with pytest.raises(NoLongerSeenError):
        list(export_events.events_of(foreign, NOVEMBER))


def test_a_stream_that_fails_breaks_off_and_never_ends_early() -> None:
    def failing() -> object:
        yield b"first"
        raise ValueError("a value that no log may have")

    async def taken() -> pytest.ExceptionInfo[exports.BrokenOffError]:
        stream = exports._watched(failing(), "request-1")  # type: ignore[arg-type]  # pieces of a file
        assert await anext(stream) == b"first"
        with pytest.raises(exports.BrokenOffError, match="request-1") as caught:
            await anext(stream)
        return caught

    caught = run(taken())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("HARB-2026-0007.pdf", "HARB-2026-0007.pdf"),
        ('a"b\r\nc.csv', "a_b_c.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("Ä?.csv", "_.csv"),
    ],
)
def test_a_file_name_is_made_of_letters_that_no_system_reads_otherwise(
    file: str, named: str
) -> None:
    assert exports._attachment(file, safe=False) == f'attachment; filename="{named}"'


BACKUP = Meter(code="backup", name="Backup", unit="GB", aggregation=Aggregation.TIME_WEIGHTED_MEAN)


def carried(looker: Looker, meter: Meter, known: str = "2026-11") -> list[str]:
    into, by = (month_period(month, "Europe/Amsterdam") for month in ("2026-11", known))

    question = partial(carried_events, meter=meter, into=into, known=by)
    return [each.source_event_id for each in read(portal_engine(), looker, question)]


def test_levels_are_carried_by_the_event_that_stated_each_last(
    looker: Looker, database: Database
) -> None:
    def level(name: str, day: int, resource: str) -> UsageEvent:
        at = datetime(2026, 10, day, tzinfo=UTC)
        return replace(harbour.event(name, at, resource, "40"), meter="backup")

    events = (level("b1", 3, "nas-1"), level("b2", 20, "nas-1"), level("b3", 5, "nas-2"))
    harbour.record_usage(database, NOW, events)
    assert carried(looker, BACKUP) == ["b3", "b2"]
    assert carried(looker, replace(BACKUP, holds_for=timedelta(days=14))) == ["b2"]
    assert carried(looker, BACKUP, known="2026-09") == []


def test_a_request_without_a_client_asks_for_the_first() -> None:
    from api.export_access import _slug  # noqa: PLC0415 - only this test looks at it

    def asked(query: bytes) -> str | None:
        return _slug(Request({"type": "http", "query_string": query, "headers": []}))

    assert asked(b"") is None
    assert asked(b"client=harbour") == "harbour"
    assert asked(b"client=harbour&client=quayside") == ""
    assert asked(b"client=" + b"a" * 65) == ""
    assert asked(b"client=%00") == ""
