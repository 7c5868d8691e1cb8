"""Changes: what an event does to a quantity, and what time does by itself."""

from datetime import timedelta
from decimal import Decimal

from billing_core.metering import Change, Level, Meter, RunningQuantity, changes_after, changes_of
from tests.billing_core.made import OCTOBER, event, meter, utc

START = OCTOBER.starts_at  # 30 September 22:00 UTC


def level(quantity: str, since: str) -> Level:
    return Level(level=Decimal(quantity), since=utc(since))


def told(changes: list[Change]) -> list[tuple[str, str, str, str, int | None]]:
    return [
        (
            f"{each.since:%d %H:%M}",
            f"{each.at:%d %H:%M}",
            str(each.before),
            str(each.after),
            each.event_id.int if each.event_id else None,
        )
        for each in changes
    ]


def changes(
    counted: Meter, *events: tuple[int, str, str, str], until: str, **carried: Level
) -> list[tuple[str, str, str, str, int | None]]:
    made = [event(number, at, quantity, resource) for number, at, quantity, resource in events]
    return told([*changes_of(counted, OCTOBER, made, carried, utc(until))])


def test_an_amount_changes_the_quantity_at_its_instant_only() -> None:
    assert changes(
        meter(),
        (1, "2026-10-02T10:00", "5", "a"),
        (2, "2026-10-02T11:00", "0", "a"),
        (3, "2026-10-02T12:00", "2", "b"),
        (4, "2026-10-09T12:00", "2", "b"),
        until="2026-10-03T00:00",
    ) == [
        ("02 10:00", "02 10:00", "0", "5", 1),
        ("02 12:00", "02 12:00", "5", "7", 3),
    ]


def test_a_counted_value_changes_the_quantity_when_it_comes_first() -> None:
    events = [
        event(1, "2026-10-02T10:00", "1", "a", "anna"),
        event(2, "2026-10-02T11:00", "1", "a", "anna"),
        event(3, "2026-10-02T12:00", "1", "b", "anna"),
    ]
    found = changes_of(meter("unique_count"), OCTOBER, events, {}, utc("2026-10-03T00:00"))
    assert told([*found]) == [
        ("02 10:00", "02 10:00", "0", "1", 1),
        ("02 12:00", "02 12:00", "1", "2", 3),
    ]


def test_a_mean_grows_evenly_and_its_events_change_nothing_at_once() -> None:
    # 745 GB for an hour are 1 GB in the mean of a month of 745 hours; 2 × 745 GB then 2 more.
    assert changes(
        meter("time_weighted_mean"),
        (1, "2026-10-02T10:00", "745", "a"),
        (2, "2026-10-02T11:00", "1490", "a"),
        until="2026-10-02T12:00",
    ) == [
        ("02 10:00", "02 11:00", "0", "1", None),
        ("02 11:00", "02 12:00", "1", "3", None),
    ]


def test_a_mean_stops_growing_where_its_level_ends() -> None:
    held = meter("time_weighted_mean", holds_for=timedelta(hours=2))
    assert changes(held, (1, "2026-10-02T10:00", "745", "a"), until="2026-10-03T00:00") == [
        ("02 10:00", "02 12:00", "0", "2", None)
    ]


def test_levels_that_end_at_the_same_instant_end_at_once() -> None:
    held = meter("last", holds_for=timedelta(hours=2))
    assert changes(
        held,
        (1, "2026-10-02T10:00", "5", "a"),
        (2, "2026-10-02T10:00", "7", "b"),
        (3, "2026-10-02T12:00", "1", "c"),
        until="2026-10-02T14:00",
    ) == [
        ("02 10:00", "02 10:00", "0", "5", 1),
        ("02 10:00", "02 10:00", "5", "12", 2),
        ("02 12:00", "02 12:00", "12", "0", None),
        ("02 12:00", "02 12:00", "0", "1", 3),
        ("02 14:00", "02 14:00", "1", "0", None),
    ]


def test_what_is_carried_in_is_there_from_the_start_unless_it_is_stated_anew_then() -> None:
    carried = {"a": level("10", "2026-09-30T12:00"), "b": level("5", "2026-09-30T12:00")}
    for aggregation in ("max", "last"):
        assert changes(
            meter(aggregation),
            (1, "2026-09-30T22:00", "8", "b"),
            (2, "2026-10-02T10:00", "11", "a"),
            until="2026-10-03T00:00",
            **carried,
        ) == [
            ("30 22:00", "30 22:00", "0", "10", None),
            ("30 22:00", "30 22:00", "10", "18", 1),
            ("02 10:00", "02 10:00", "18", "19", 2),
        ]


def test_without_events_a_month_has_what_is_carried_in() -> None:
    carried = level("745", "2026-09-30T12:00")
    assert changes(meter("max"), until="2026-10-01T00:00", a=carried) == [
        ("30 22:00", "30 22:00", "0", "745", None)
    ]
    assert changes(meter("time_weighted_mean"), until="2026-10-01T00:00", a=carried) == [
        ("30 22:00", "01 00:00", "0", "2", None)
    ]


def test_a_mean_goes_on_growing_from_where_it_was_taken_up() -> None:
    at = utc("2026-10-02T10:00")
    running = RunningQuantity.resumed(
        meter=meter("time_weighted_mean"),
        period=OCTOBER,
        quantities={},
        levels={"a": level("745", "2026-10-01T10:00")},
        as_of=at,
    )
    later = [event(1, "2026-10-02T11:00", "0", "a")]
    assert told([*changes_after(running, later, utc("2026-10-02T13:00"))]) == [
        ("02 10:00", "02 11:00", "0", "1", None)
    ]
