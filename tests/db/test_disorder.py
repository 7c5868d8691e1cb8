"""Disorder: late, out of order, corrected, withdrawn and moved events, for every aggregation.

The events of these tests come for five meters at once. Each level of `array` is 360 times as high:
in November, which has 720 hours, 360 GB for two hours are 1 GB in the month's mean.
"""

from collections.abc import Iterable
from itertools import permutations

import pytest

from billing_core.event import UsageEvent
from tests.support.corrections import correction, recorded, state, totals, withdrawal
from tests.support.database import Database
from tests.support.usage import Ground, ground

METERS = ("egress", "peak", "devices", "array", "users")
Five = dict[str, UsageEvent]


def five(client: Ground, at: str, quantity: int, user: str, resource: str = "vm-1") -> Five:
    """An event of each meter at the same instant."""
    return {
        meter: client.event(
            at,
            str(360 * quantity if meter == "array" else quantity),
            meter=meter,
            resource=resource,
            counted=user if meter == "users" else None,
        )
        for meter in METERS
    }


def corrected(wrong: Five, quantity: int, user: str, **right: str) -> Five:
    """Corrections of the five."""
    found = {}
    for meter, event in wrong.items():
        values = dict(right)
        values["quantity"] = str(360 * quantity if meter == "array" else quantity)
        if meter == "users":
            values["counted_value"] = user
        found[meter] = correction(event, **values)
    return found


def withdrawn(wrong: Five) -> Five:
    return {meter: withdrawal(event) for meter, event in wrong.items()}


def came(client: Ground, *batches: Five | Iterable[Five]) -> None:
    """Record the five in a batch of their own, or several fives in one."""
    for batch in batches:
        together = [batch] if isinstance(batch, dict) else batch
        events = [event for each in together for event in each.values()]
        assert recorded(client, *events).accepted == len(events)


def quantities(client: Ground, month: str = "2026-11") -> list[str]:
    """In the order of METERS; without an event: none."""
    found = totals(client, month)
    return [str(found[meter][3]) if meter in found else "none" for meter in METERS]


def counts(client: Ground, month: str = "2026-11") -> set[tuple[object, ...]]:
    """Events, first and last instant, where all meters agree."""
    return {each[:3] for each in totals(client, month).values()}


def test_in_any_order_of_arrival_it_comes_to_the_same(database: Database) -> None:
    """Sum 10 + 6 + 4; highest 10; last 4; mean 10 and 6 for an hour each; three users."""
    states = []
    for number, order in enumerate(permutations(range(3))):
        client = ground(database, slug=f"client-{number}")
        events = [
            five(client, "2026-11-02T10:00:00+00:00", 10, "ann"),
            five(client, "2026-11-02T10:30:00+00:00", 6, "bob"),
            five(client, "2026-11-02T11:30:00+00:00", 4, "eve"),
        ]
        came(client, *(events[place] for place in order))
        assert counts(client) == {(3, "02 10:00", "02 11:30")}
        assert quantities(client) == ["20", "10", "4", "11/2", "3"]
        states.append(state(client))
    assert all(each == states[0] for each in states)


def test_a_late_event_of_the_month_changes_what_came_before(database: Database) -> None:
    client = ground(database)
    came(client, five(client, "2026-11-02T12:00:00+00:00", 4, "bob"))
    assert quantities(client) == ["4", "4", "4", "0", "1"]
    came(client, five(client, "2026-11-02T10:00:00+00:00", 10, "ann"))
    assert counts(client) == {(2, "02 10:00", "02 12:00")}
    assert quantities(client) == ["14", "10", "4", "10", "2"]


@pytest.mark.parametrize("is_before", [False, True], ids=["after", "before its original"])
def test_a_correction_counts_instead_of_its_original(database: Database, is_before: bool) -> None:
    """10 at 10:00 becomes 8 at 10:30: 8 + 4; 8; 4; 8 for an hour and a half; two users."""
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    right = corrected(wrong, 8, "dan", at="2026-11-02T10:30:00+00:00")
    came(client, five(client, "2026-11-02T12:00:00+00:00", 4, "bob"))
    came(client, *((right, wrong) if is_before else (wrong, right)))
    assert counts(client) == {(2, "02 10:30", "02 12:00")}
    assert quantities(client) == ["12", "8", "4", "6", "2"]
    assert client.rows(
        "SELECT DISTINCT counted_value FROM billing.usage_distinct WHERE client_id = :client "
        "ORDER BY 1"
    ) == [("bob",), ("dan",)]


def test_an_original_that_comes_with_its_correction_never_counts(database: Database) -> None:
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    came(client, [corrected(wrong, 8, "dan", at="2026-11-02T11:00:00+00:00"), wrong])
    assert counts(client) == {(1, "02 11:00", "02 11:00")}
    assert quantities(client) == ["8", "8", "8", "0", "1"]


def test_what_is_withdrawn_does_not_count_and_nothing_left_is_nothing(database: Database) -> None:
    client = ground(database)
    first = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    last = five(client, "2026-11-02T12:00:00+00:00", 4, "bob")
    came(client, [first, last], withdrawn(last))
    assert counts(client) == {(1, "02 10:00", "02 10:00")}
    assert quantities(client) == ["10", "10", "10", "0", "1"]
    came(client, withdrawn(first))
    assert totals(client) == {}
    assert state(client) == {"hours": [], "values": [], "totals": [], "crossings": []}


def test_a_withdrawal_that_comes_first_waits_for_its_original(database: Database) -> None:
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    came(client, withdrawn(wrong), five(client, "2026-11-02T12:00:00+00:00", 4, "bob"), wrong)
    assert counts(client) == {(1, "02 12:00", "02 12:00")}
    assert quantities(client) == ["4", "4", "4", "0", "1"]


def test_of_a_correction_that_is_corrected_only_the_last_counts(database: Database) -> None:
    for number, order in enumerate(permutations(range(3))):
        client = ground(database, slug=f"client-{number}")
        wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
        second = corrected(wrong, 8, "dan", at="2026-11-02T11:00:00+00:00")
        third = corrected(second, 7, "eve", at="2026-11-02T11:30:00+00:00")
        came(client, *([wrong, second, third][place] for place in order))
        assert counts(client) == {(1, "02 11:30", "02 11:30")}
        assert quantities(client) == ["7", "7", "7", "0", "1"]


def test_a_correction_that_is_withdrawn_does_not_bring_its_original_back(
    database: Database,
) -> None:
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    second = corrected(wrong, 8, "dan")
    came(client, wrong, second, withdrawn(second))
    assert totals(client) == {}


def test_a_correction_may_move_an_event_to_another_resource(database: Database) -> None:
    """8 + 4 of both; mean: 8 for two hours, of the other machine."""
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    came(client, [wrong, five(client, "2026-11-02T12:00:00+00:00", 4, "ann")])
    came(client, corrected(wrong, 8, "ann", resource="vm-2"))
    assert counts(client) == {(2, "02 10:00", "02 12:00")}
    assert quantities(client) == ["12", "12", "12", "8", "2"]


@pytest.mark.parametrize("is_before", [False, True], ids=["after", "before its original"])
def test_a_correction_may_move_an_event_to_another_month(
    database: Database,
    is_before: bool,
) -> None:
    """The level of 8 is carried into November, which starts at 23:00 on 31 October.

    It is its highest, and held for 37 hours until 12:00 on the 2nd: 8 × 37 ÷ 2 in the mean.
    """
    client = ground(database)
    wrong = five(client, "2026-11-02T10:00:00+00:00", 10, "ann")
    moved = corrected(wrong, 8, "ann", at="2026-10-31T22:00:00+00:00")
    came(client, five(client, "2026-11-02T12:00:00+00:00", 4, "bob"))
    came(client, *((moved, wrong) if is_before else (wrong, moved)))
    assert counts(client, "2026-10") == {(1, "31 22:00", "31 22:00")}
    assert quantities(client, "2026-10") == ["8", "8", "8", "0", "1"]
    assert counts(client) == {(1, "02 12:00", "02 12:00")}
    assert quantities(client) == ["4", "8", "4", "148", "1"]


def test_a_level_that_comes_late_is_carried_into_the_month_after(database: Database) -> None:
    client = ground(database)
    wrong = five(client, "2026-10-31T20:00:00+00:00", 8, "ann")
    came(client, five(client, "2026-11-02T12:00:00+00:00", 4, "bob"))
    assert quantities(client) == ["4", "4", "4", "0", "1"]
    came(client, wrong)
    assert quantities(client) == ["4", "8", "4", "148", "1"]
    right = corrected(wrong, 6, "ann")
    came(client, right)
    assert quantities(client) == ["4", "6", "4", "111", "1"]
    came(client, withdrawn(right))
    assert quantities(client) == ["4", "4", "4", "0", "1"]


def test_the_first_event_of_a_counted_value_gives_way_to_the_next(database: Database) -> None:
    client = ground(database)
    first = client.event("2026-11-02T10:00:00+00:00", meter="users", counted="ann")
    second = client.event("2026-11-03T10:00:00+00:00", meter="users", counted="ann")
    recorded(client, second, first)
    values = (
        "SELECT counted_value, to_char(first_at, 'DD'), event_count FROM billing.usage_distinct "
        "WHERE client_id = :client"
    )
    assert client.rows(values) == [("ann", "02", 2)]
    recorded(client, withdrawal(first))
    assert client.rows(values) == [("ann", "03", 1)]
    recorded(client, withdrawal(second))
    assert client.rows(values) == []


def test_an_issued_month_never_changes_and_its_corrections_are_billed_late(
    database: Database,
) -> None:
    client = ground(database)
    wrong = five(client, "2026-10-20T10:00:00+00:00", 10, "ann")
    came(client, wrong, five(client, "2026-11-02T12:00:00+00:00", 4, "bob"))
    client.close("2026-10")
    before = totals(client, "2026-10"), october(client)
    came(client, corrected(wrong, 8, "dan"))
    assert (totals(client, "2026-10"), october(client)) == before
    assert client.rows(
        "SELECT DISTINCT billing_period::text, event_count FROM billing.usage_hour "
        "WHERE client_id = :client AND hour < '2026-10-31' ORDER BY 1"
    ) == [("2026-10-01", 1), ("2026-11-01", 1)]
    assert [quantities(client)[place] for place in (0, 4)] == ["4", "1"]
    assert counts(client) == {(1, "02 12:00", "02 12:00")}


@pytest.mark.parametrize("at", ["2026-10-20T10:00:00+00:00", "2026-11-03T10:00:00+00:00"])
def test_a_month_carries_in_what_is_known_now_of_an_issued_one(database: Database, at: str) -> None:
    """The level of 10 was wrong: not vm-1 held it, but vm-2, or vm-1 later and in November."""
    client = ground(database)
    wrong = five(client, "2026-10-20T10:00:00+00:00", 10, "ann")
    came(client, wrong, five(client, "2026-11-02T12:00:00+00:00", 4, "bob", "vm-3"))
    assert quantities(client) == ["4", "14", "4", "185", "1"]  # 10 for 37 hours; last: 30 hours
    client.close("2026-10")
    came(client, corrected(wrong, 8, "dan", at=at, resource="vm-2"))
    if at < "2026-11":
        assert quantities(client) == ["4", "12", "4", "148", "1"]  # vm-2 holds 8, vm-3 4
    else:
        assert quantities(client) == ["12", "12", "12", "44", "2"]  # vm-3 holds 4 for 22 hours


def october(client: Ground) -> list[list[tuple[object, ...]]]:
    return [[row for row in rows if "2026-10-01" in row] for rows in state(client).values()]


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"])
def test_hours_of_odd_zones_are_computed_anew_like_others(database: Database, zone: str) -> None:
    """On 4 April 2026 at 15:00 UTC Lord Howe sets its clock back by half an hour."""
    states = []
    for slug in ("in-order", "disorder"):
        client = ground(database, slug=slug, zone=zone)
        events = [
            five(client, f"2026-04-04T{at}:00+00:00", number + 1, "ann")
            for number, at in enumerate(("14:10", "14:40", "14:59", "15:10", "15:29", "15:31"))
        ]
        right = [corrected(each, 9, "bob") for each in (events[1], events[3])]
        if slug == "in-order":
            came(client, [*events, *right])
        else:
            came(client, *right, *reversed(events))
        assert quantities(client, "2026-04")[0] == "33"  # 1 + 9 + 3 + 9 + 5 + 6
        states.append(state(client))
    assert states[0] == states[1]
