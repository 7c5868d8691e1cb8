"""The cut: what is recorded before it belongs to the month, and what is in its way is told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent, event_id
from billing_core.period import month_period
from db.commands.closing import AtWorkError, ClosingRefusedError, turn
from db.commands.ingest import Batch, encoded, offered_event, store_offered
from db.queries.record_values import RecordsAsked
from db.queries.records import page_of_records
from tests.support.closing import Books, books
from tests.support.corrections import correction, recorded
from tests.support.database import Database, until_it_waits
from tests.support.usage import METERS, SOURCE, Ground

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)
OCTOBER = month_period("2026-10", "Europe/Amsterdam")
KNOWN = (
    "SELECT known_corrections FROM billing.billing_period "
    "WHERE client_id = :client AND billing_period = '2026-10-01'"
)


@pytest.fixture
def own(database: Database) -> Books:
    """October: 150 GB of egress at 1 each, of which 110 are wrong."""
    made = books(database)
    recorded(
        made.ground,
        wrong(made.ground),
        made.ground.event("2026-10-06T10:00:00+00:00", "40", id_="b"),
        as_of=NOVEMBER,
    )
    return made


def wrong(client: Ground) -> UsageEvent:
    return client.event("2026-10-05T10:00:00+00:00", "110", id_="a")


def right(client: Ground) -> UsageEvent:
    """What the wrong one should have said: 10, and not before November."""
    return correction(wrong(client), at="2026-11-02T10:00:00+00:00", quantity="10")


@contextmanager
def being_stored(client: Ground, *events: UsageEvent) -> Iterator[None]:
    """A writer that has stored events and commits at the end."""
    [(source,)] = client.rows("SELECT source_id FROM billing.source WHERE client_id = :client")
    offered = [offered_event(line, event) for line, event in enumerate(events, start=1)]
    batch = Batch(lines=encoded(offered), count=len(offered))
    with client.database.as_writer(client.client_id) as connection:
        store_offered(connection, client.client_id, int(str(source)), batch, NOVEMBER)
        yield


def closed_beside(own: Books, *events: UsageEvent) -> str:
    """Close October while a writer stores events; give the number of the document."""
    with ThreadPoolExecutor(1) as aside:
        with being_stored(own.ground, *events):
            closer = aside.submit(own.close, "2026-10", NOVEMBER)
            until_it_waits(own.ground.database, lambda: not closer.done())
        return closer.result().number


def counting(own: Books) -> dict[str, str | None]:
    """The records of October's egress that count, and the running quantity after each."""
    asked = RecordsAsked(
        meter=METERS["egress"],
        period=OCTOBER,
        starts_at=OCTOBER.starts_at,
        ends_at=OCTOBER.ends_at,
        counted=True,
    )
    with own.database.as_owner() as connection:
        page = page_of_records(connection, own.client_id, asked)
    return {
        row.record.source_event_id: str(row.step.after) if row.step else None
        for row in reversed(page.rows)
    }


def test_a_batch_that_is_being_stored_belongs_to_the_month(own: Books) -> None:
    number = closed_beside(own, own.ground.event("2026-10-31T10:00:00+00:00", "25", id_="c"))
    assert ("egress", "175.00") in own.lines(number)


def test_a_correction_that_is_being_stored_is_known_to_the_month(own: Books) -> None:
    """It is of November, and takes 110 from October all the same: 40 are left."""
    number = closed_beside(own, right(own.ground))
    assert own.ground.rows(KNOWN) == [([event_id(SOURCE, f"supersedes:{a(own)}", "egress")],)]
    assert ("egress", "40.00") in own.lines(number)
    november = own.lines(own.close("2026-11").number)
    assert ("egress", "10.00") in november
    assert not [name for name, _ in november if "2026-10" in name]
    assert counting(own) == {"b": "40"}


def a(own: Books) -> str:
    return str(wrong(own.ground).event_id)


def test_a_correction_after_the_cut_leaves_the_month_as_it_was_issued(own: Books) -> None:
    """November bills its 10, and takes 110 back: October keeps its records and their sum."""
    own.close("2026-10", NOVEMBER)
    recorded(own.ground, right(own.ground), as_of=LATER)
    assert own.ground.rows(KNOWN) == [([],)]
    november = own.lines(own.close("2026-11").number)
    assert ("egress", "10.00") in november
    assert ("egress of 2026-10", "-110.00") in november
    assert counting(own) == {"a": "110", "b": "150"}


def test_a_writer_that_takes_long_is_told_of_and_nothing_is_cut(
    own: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = text(turn._TAKEN.text.replace("15s", "50ms"))
    monkeypatch.setattr(turn, "_TAKEN", hasty)
    late = own.ground.event("2026-10-31T10:00:00+00:00", "25", id_="c")
    with (
        being_stored(own.ground, late),
        pytest.raises(AtWorkError, match="Records of 2026-10 are being stored: close it when"),
    ):
        own.close("2026-10", NOVEMBER)
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE client_id = :client "
        "AND billing_period = '2026-10-01'"
    ) == [("open",)]


def refused(own: Books, as_of: datetime = NOVEMBER, override: str = "") -> tuple[str, ...]:
    with pytest.raises(ClosingRefusedError) as refusal:
        own.close("2026-10", as_of, override)
    return refusal.value.sentences


def test_a_month_that_runs_is_not_closed_for_any_reason(own: Books) -> None:
    assert refused(own, datetime(2026, 10, 20, tzinfo=UTC), "We need the money") == (
        "2026-10 still runs: it can be closed when it has ended.",
    )


def test_within_the_grace_time_a_reason_is_asked_for(own: Books) -> None:
    """72 hours from midnight in Amsterdam, an hour before that of UTC."""
    within = datetime(2026, 11, 3, 22, 59, tzinfo=UTC)
    assert refused(own, within) == (
        (
            "Records of 2026-10 may still come until 2026-11-04 00:00 (Europe/Amsterdam): the "
            "grace time is not over."
        ),
    )
    closed = own.close("2026-10", within, override="They are all there")
    assert own.document(closed.number).reason == "They are all there"


def test_a_reason_that_nothing_asks_for_is_not_on_the_document(own: Books) -> None:
    closed = own.close("2026-10", datetime(2026, 11, 3, 23, tzinfo=UTC), override="Just in case")
    assert own.document(closed.number).reason == ""


def test_records_without_a_price_and_refused_ones_are_told(own: Books) -> None:
    client = own.ground
    recorded(
        client,
        client.event("2026-10-07T10:00:00+00:00", "3", meter="devices"),
        client.event("2026-10-08T10:00:00+00:00", "1", meter="unheard-of"),
        as_of=NOVEMBER,
    )
    assert refused(own) == (
        (
            "1 refused record waits for somebody (source collector, meter): see `jobs rejected "
            "list`."
        ),
        "Devices (devices) has 1 record and no price: nothing would be charged for it.",
    )


def test_a_tax_code_without_a_rate_is_not_overridden(own: Books) -> None:
    with own.database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET tax_code = 'NL-21'"))
    assert refused(own, override="Never mind") == (
        "Tax code NL-21 has no rate on a day that is billed: set one up.",
    )
