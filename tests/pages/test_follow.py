"""Records, corrections and crossings on screen; figures worked by hand from `harbour`'s table."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent, event_id
from tests.pages import harbour
from tests.pages.conftest import Screens, words
from tests.support.months import close_month_of

RECORDS = {"meter": "compute-hours", "show": "records"}


def uuid(name: str) -> str:
    return str(event_id("hypervisor", name, "compute-hours"))


def right(name: str, wrong: str, at: datetime, resource: str, hours: str) -> UsageEvent:
    """A correction; without hours it withdraws."""
    made = harbour.event(name, at, resource, hours or "0")
    return replace(
        made,
        supersedes=event_id("hypervisor", wrong, "compute-hours"),
        reason="read twice",
        withdraws=not hours,
    )


def add(screens: Screens, *events: UsageEvent) -> None:
    for each in events:
        harbour.record_usage(screens.database, screens.clock.now, (each,))


#: n2 was 100: rated 300 after it; n3 from 300 to 550: 200 × 0.10 + 50 × 0.08 + 5.00 = 29.00
CORRECTION = right("n2b", "n2", harbour.EVENTS[2].occurred_at, "vm-2", "100")
#: 200 hours on the 4th: n3 then passes from 800 to 1,050
LATE = harbour.event("n4", datetime(2026, 11, 4, 10, tzinfo=UTC), "vm-2", "200")


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_a_correction_stands_beside_what_it_replaced_and_the_column_adds_up(
    screens: Screens, email: str
) -> None:
    add(screens, CORRECTION)
    shown = words(screens.open("consumption", email, client="harbour", **RECORDS))
    assert "<s>300</s>" in shown
    assert "Replaced, counts nothing:" in shown
    assert "Corrects" in shown
    assert "(read twice)" in shown
    assert "€29.00" in shown
    assert "3 records add up to €59.00 before tax" in shown  # 20.00 + 10.00 + 29.00


def test_a_withdrawn_record_counts_nothing_and_neither_does_what_withdrew_it(
    screens: Screens,
) -> None:
    add(screens, right("n2w", "n2", harbour.EVENTS[2].occurred_at, "vm-2", ""))
    shown = words(screens.open("consumption", **RECORDS))
    assert "Withdrawn, counts nothing:" in shown
    assert "Withdraws" in shown
    # n1 300, n3 to 550: rated 200 and 450: 20.00 + 25.00
    assert "2 records add up to €45.00 before tax" in shown


def test_replaced_records_are_found_by_their_resource_and_day_too(screens: Screens) -> None:
    add(screens, right("n2b", "n2", harbour.EVENTS[2].occurred_at, "vm-1", "100"))
    shown = words(screens.open("consumption", day="2026-11-03", resource="vm-1", **RECORDS))
    assert ">n2b<" in shown
    assert ">n2<" not in shown
    whole = words(screens.open("consumption", day="2026-11-03", **RECORDS))
    assert ">n2<" in whole


def test_a_record_that_came_days_later_says_so(screens: Screens) -> None:
    with screens.database.as_owner() as connection:
        connection.execute(
            text("ALTER TABLE billing.usage_event DISABLE TRIGGER usage_event_append_only")
        )
        connection.execute(
            text(
                "UPDATE billing.usage_event SET recorded_at = occurred_at"
                " + CASE source_event_id WHEN 'n2' THEN interval '3 days' ELSE interval '1 minute'"
                " END"
            )
        )
        connection.execute(text("UPDATE billing.client_version SET version = version + 1"))
    shown = words(screens.open("consumption", **RECORDS))
    assert "Arrived 3 days later, on 6 Nov 2026, 11:00." in shown
    assert shown.count("Arrived") == 2  # and the head of the table of sources


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_one_record_shows_its_way_from_arrival_to_charge(screens: Screens, email: str) -> None:
    shown = words(screens.open("consumption", email, client="harbour", event=uuid("n3")))
    assert "850 machine hours" in shown
    assert "600 before it" in shown
    assert "€25.00" in shown
    assert "in Growth" in shown
    assert "entered Growth" in shown
    assert "counts towards the charge" in shown
    command = f"python -m jobs supersede {uuid('n3')} --client harbour --quantity QUANTITY"
    of_the_msp = email not in {harbour.FINANCE, harbour.IT}
    assert (command in shown) is of_the_msp


def test_viewing_as_the_client_hides_the_commands(screens: Screens) -> None:
    chosen = {"client": "harbour", "event": uuid("n3"), "view": "client"}
    assert "python -m jobs" not in words(screens.open("consumption", harbour.MANAGER, **chosen))


def test_a_replaced_record_leads_along_its_corrections(screens: Screens) -> None:
    add(screens, CORRECTION)
    add(screens, right("n2c", "n2b", harbour.EVENTS[2].occurred_at, "vm-2", "120"))
    shown = words(screens.open("consumption", event=uuid("n2")))
    assert "replaced by a later record; it counts nothing" in shown
    chain = shown[shown.index("The record and its corrections") :]
    assert chain.index("<s>300</s>") < chain.index("<s>100</s>") < chain.index(">120<")
    assert chain.count("no: replaced") == 2
    assert chain.count("Why: read twice") == 2
    manager = words(
        screens.open("consumption", harbour.MANAGER, client="harbour", event=uuid("n2"))
    )
    assert "It was corrected before: correct its correction instead." in manager


def test_a_correction_ahead_of_its_record_is_told(screens: Screens) -> None:
    add(screens, right("x2", "x1", harbour.EVENTS[2].occurred_at, "vm-2", "40"))
    shown = words(screens.open("consumption", event=uuid("x2")))
    assert "The record that it corrects has not arrived" in shown
    quality = words(screens.open("consumption"))
    assert "1 correction ahead of the record that it corrects" in quality
    assert "hypervisor: 1" in quality


def test_a_crossing_that_a_late_record_moved_tells_where_it_was_first(screens: Screens) -> None:
    big = harbour.event("n5", datetime(2026, 11, 1, 10, tzinfo=UTC), "vm-2", "700")
    add(screens, big)
    shown = words(screens.open("consumption", meter="compute-hours"))
    assert "First crossed 10 Nov, 11:00; moved to 1 Nov, 11:00 on" in shown
    assert "because of a record that arrived later" in shown


def test_a_crossing_that_a_correction_took_back_is_struck_through(screens: Screens) -> None:
    add(screens, right("n3b", "n3", harbour.EVENTS[3].occurred_at, "vm-1", "0"))
    shown = words(screens.open("consumption", meter="compute-hours"))
    assert "<s>entered Growth</s>" in shown
    assert "as the bound is no longer passed," in shown
    assert f"consumption?event={uuid('n3b')}" in shown
    assert "entered Growth" not in words(screens.open("overview"))


def issue_october(screens: Screens) -> None:
    with screens.database.as_owner() as connection:
        month = date(2026, 10, 1)
        of_month = text(
            "SELECT client_id FROM billing.billing_period WHERE billing_period = :month"
        )
        for client_id in connection.execute(of_month, {"month": month}).scalars().all():
            close_month_of(connection, client_id, month)


@pytest.mark.parametrize("email", [harbour.FINANCE, harbour.MANAGER])
def test_a_record_of_an_issued_month_is_late_there_and_listed_where_it_is_billed(
    screens: Screens, email: str
) -> None:
    issue_october(screens)
    add(screens, harbour.event("o2", datetime(2026, 10, 20, 10, tzinfo=UTC), "vm-1", "40"))
    own = words(screens.open("consumption", email, client="harbour", period="2026-10", **RECORDS))
    assert ">o2<" in own
    late = "Late: billed with November 2026; the adjustment comes with the invoice of that month."
    assert late in own
    assert "1 record adds up to €0.00 before tax" in own
    billed = words(screens.open("consumption", email, client="harbour", **RECORDS))
    assert "Late records of earlier months" in billed
    assert ">40<" in billed
    assert "each is rated in its own month" in billed
    assert "3 records add up to €75.00 before tax" in billed
    detail = words(screens.open("consumption", email, client="harbour", event=uuid("o2")))
    assert "late: its month was closed, it is billed with November 2026" in detail


def test_without_late_records_there_is_no_block_of_them(screens: Screens) -> None:
    assert "Late records" not in words(screens.open("consumption", **RECORDS))


@pytest.mark.parametrize("quantity", ["999999999999999999.999999999999999", "0.000000000000001"])
@pytest.mark.parametrize("query", [{}, {"show": "records"}])
def test_whatever_quantity_is_taken_in_can_be_shown(
    screens: Screens, quantity: str, query: dict[str, str]
) -> None:
    add(screens, harbour.event("n9", harbour.EVENTS[2].occurred_at, "vm-2", quantity))
    assert "Compute hours" in words(screens.open("consumption", meter="compute-hours", **query))
    assert "Data quality" in words(screens.open("overview"))


def test_records_that_replace_each_other_in_a_ring_stand_there_once(screens: Screens) -> None:
    at = harbour.EVENTS[2].occurred_at
    ring = (("r1", "r2"), ("r2", "r3"), ("r3", "r1"))
    add(screens, *(right(name, wrong, at, f"ring-{name}", "7") for name, wrong in ring))
    shown = words(screens.open("consumption", meter="compute-hours", event=uuid("r1")))
    assert "(this record)" in shown
    for resource in ("ring-r2", "ring-r3"):
        assert shown.count(f">{resource}<") == 1
