"""How whole the data is: said in a line, and in a block with what to do about it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent
from components.quality import MOST_GAPS
from db.commands.ingest import record
from tests.pages import harbour
from tests.pages.conftest import Screens, words

TITLE = ">Data quality</h2>"


def block(screens: Screens, email: str = harbour.FINANCE, **query: str) -> str:
    shown = words(screens.open("consumption", email, client="harbour", **query))
    return shown[shown.index(TITLE) :]


def change(screens: Screens, statement: str, **values: object) -> None:
    with screens.database.as_owner() as connection:
        connection.execute(text(statement), values)
        connection.execute(text("UPDATE billing.client_version SET version = version + 1"))


def refuse(screens: Screens, *names: str) -> None:
    """Offer records of a meter that is not set up."""
    events = [
        UsageEvent(
            client="harbour",
            source="hypervisor",
            source_event_id=name,
            meter="gpu-hours",
            occurred_at=datetime(2026, 11, 5, tzinfo=UTC),
            quantity=Decimal(1),
            resource="<b>vm-9",
        )
        for name in names
    ]
    client_id = harbour.number_of(
        screens.database, "billing.client", "client_id", "slug", "harbour"
    )
    record(screens.database.writer, client_id, "hypervisor", events, as_of=screens.clock.now)


def test_where_nothing_is_missing_it_says_so(screens: Screens) -> None:
    shown = block(screens)
    assert (
        "Nothing is missing in November 2026: all sources report, no record was refused." in shown
    )
    assert "no fixed rhythm" in shown
    assert "reporting" in shown
    assert "Gaps" not in shown
    assert "Refused" not in shown
    assert "Nothing is missing in November 2026" in words(screens.open("overview"))


def test_a_silent_source_is_named_with_how_long_it_has_been_silent(screens: Screens) -> None:
    change(screens, "UPDATE billing.source SET expects_every = interval '26 hours'")
    shown = block(screens)
    assert "1 silent source" in shown
    assert "every 26 h" in shown
    assert "silent for 10 days" in shown  # since the 10th, at noon of the 20th
    assert "no word from hypervisor" in words(screens.open("consumption"))


def test_a_source_that_never_reported_says_so(screens: Screens) -> None:
    change(
        screens,
        "INSERT INTO billing.source (client_id, code, name)"
        " SELECT client_id, 'probe', 'Probe' FROM billing.client WHERE slug = 'harbour'",
    )
    shown = block(screens)
    assert "1 silent source" in shown
    assert "never reported" in shown


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_gaps_have_from_and_to_and_what_to_do(screens: Screens, email: str) -> None:
    change(screens, "UPDATE billing.source SET expects_every = interval '3 days'")
    shown = block(screens, email)
    # silent from the 3rd, 11:00 to the 10th, and since then: each from three days later on
    assert "6 Nov 2026, 11:00" in shown
    assert "10 Nov 2026, 11:00" in shown
    assert "13 Nov 2026, 11:00" in shown
    assert "still" in shown
    assert "Nothing is billed for a gap" in shown
    assert ("python -m jobs ingest FILE --client harbour" in shown) is (
        email not in {harbour.FINANCE, harbour.IT}
    )


def test_many_gaps_are_counted_and_the_latest_shown(screens: Screens) -> None:
    change(screens, "UPDATE billing.source SET expects_every = interval '1 hour'")
    start = datetime(2026, 11, 11, tzinfo=UTC)
    events = [
        harbour.event(f"g{number}", start + timedelta(hours=12 * number), "vm-1", "0.5")
        for number in range(18)
    ]
    harbour.record_usage(screens.database, screens.clock.now, tuple(events))
    shown = block(screens)
    assert shown.count('<td class="mg-whole">') == MOST_GAPS + 1  # with the source's last record
    assert shown.count('<td class="mg-whole">') == MOST_GAPS + 1
    assert "gaps more." in shown


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_refused_records_are_counted_by_what_is_wrong(screens: Screens, email: str) -> None:
    refuse(screens, "r1", "r2", "r3")
    shown = block(screens, email)
    assert "3 refused records not counted" in shown
    assert "a meter that is not set up" in shown
    assert ">3<" in shown
    mends = email not in {harbour.FINANCE, harbour.IT}
    assert ("python -m jobs rejected list --client harbour" in shown) is mends
    assert ("Your provider sees each of them" in shown) is not mends
    assert ("Latest:" in shown) is mends
    assert "vm-9" not in shown
    assert "3 records refused" in words(screens.open("overview", email, client="harbour"))


def test_without_a_source_it_says_what_to_expect(screens: Screens) -> None:
    shown = words(screens.open("overview", "finance@newcomer.example"))
    assert "no data yet" in shown


def test_another_clients_refusals_are_not_counted(screens: Screens) -> None:
    refuse(screens, "r1")
    shown = words(screens.open("consumption", harbour.OTHER))
    assert "refused record" not in shown


def test_the_overview_leads_to_the_block_alone(screens: Screens) -> None:
    overview = words(screens.open("overview"))
    assert "consumption?period=2026-11&amp;show=quality" in overview
    shown = words(screens.open("consumption", period="2026-11", show="quality"))
    assert TITLE in shown
    assert "All meters" not in shown
