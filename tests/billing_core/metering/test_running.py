from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.metering import (
    Level,
    Measurement,
    MeterUsage,
    RunningQuantity,
    Step,
    usage_in_order,
    usage_of,
)
from tests.billing_core.made import HOUR, OCTOBER, event, meter, utc

START, END = OCTOBER.starts_at, OCTOBER.ends_at
MIDDLE = START + (END - START) / 2
NOTHING: Mapping[str, Level] = {}


def level(quantity: str, since: str) -> Level:
    return Level(level=Decimal(quantity), since=utc(since))


def quantities(usage: MeterUsage) -> list[str]:
    return [str(each.quantity) for each in usage.checkpoints]


def steps(running: RunningQuantity, *events: Measurement) -> list[tuple[str, str]]:
    taken = [running.record(each) for each in events]
    return [(str(step.before), str(step.after)) for step in taken]


def test_a_sum_adds_amounts_credits_too() -> None:
    running = RunningQuantity(meter(allows_credits=True), OCTOBER, NOTHING)
    assert steps(
        running,
        event(1, "2026-10-02T10:00", "10"),
        event(2, "2026-10-02T11:00", "2.5", "vm-2"),
        event(3, "2026-10-02T12:00", "-4"),
    ) == [("0", "10"), ("10", "25/2"), ("25/2", "17/2")]


def test_a_unique_count_counts_a_value_once_per_resource() -> None:
    running = RunningQuantity(meter("unique_count"), OCTOBER, NOTHING)
    assert steps(
        running,
        event(1, "2026-10-02T10:00", "1", "site-a", "anna"),
        event(2, "2026-10-02T11:00", "1", "site-a", "anna"),
        event(3, "2026-10-02T12:00", "1", "site-b", "anna"),
    ) == [("0", "1"), ("1", "1"), ("1", "2")]


def test_a_unique_count_without_a_value_is_a_mistake_of_the_program() -> None:
    running = RunningQuantity(meter("unique_count"), OCTOBER, NOTHING)
    with pytest.raises(ValueError, match="names no counted value"):
        running.record(event(1, "2026-10-02T10:00", "1"))


def test_a_maximum_is_the_highest_level_of_each_resource_added_up() -> None:
    running = RunningQuantity(meter("max"), OCTOBER, NOTHING)
    assert steps(
        running,
        event(1, "2026-10-02T10:00", "8"),
        event(2, "2026-10-02T11:00", "5", "vm-2"),
        event(3, "2026-10-02T12:00", "3"),
        event(4, "2026-10-02T13:00", "9"),
    ) == [("0", "8"), ("8", "13"), ("13", "13"), ("13", "14")]


def test_a_level_carried_in_counts_for_the_maximum_while_it_is_held() -> None:
    carried = {"vm-1": level("7", "2026-09-30T10:00")}
    running = RunningQuantity(meter("max"), OCTOBER, carried)
    assert running.opening == 7
    assert steps(running, event(1, "2026-10-02T10:00", "5")) == [("7", "7")]


def test_a_level_replaced_at_the_very_start_was_not_held_in_the_period() -> None:
    carried = {"vm-1": level("7", "2026-09-30T10:00"), "vm-2": level("1", "2026-09-30T10:00")}
    running = RunningQuantity(meter("max"), OCTOBER, carried)
    assert steps(
        running, event(1, START, "5"), event(2, START, "4"), event(3, START + HOUR, "2", "vm-2")
    ) == [("8", "6"), ("6", "6"), ("6", "7")]


def test_a_level_that_ended_before_the_period_is_not_carried_in() -> None:
    held = meter("max", holds_for=12 * HOUR)
    still = {"vm-1": level("7", "2026-09-30T10:00:00.000001")}
    ended = {"vm-1": level("7", "2026-09-30T10:00:00")}
    assert RunningQuantity(held, OCTOBER, still).opening == 7
    assert RunningQuantity(held, OCTOBER, ended).opening == 0


def test_the_last_level_is_the_one_held_now_and_can_fall() -> None:
    running = RunningQuantity(meter("last"), OCTOBER, {"vm-1": level("7", "2026-09-30T10:00")})
    assert steps(
        running, event(1, "2026-10-02T10:00", "9"), event(2, "2026-10-02T11:00", "2", "vm-2"),
        event(3, "2026-10-02T12:00", "1"),
    ) == [("7", "9"), ("9", "11"), ("11", "3")]  # fmt: skip


def test_a_level_ends_when_it_has_held_as_long_as_the_meter_says() -> None:
    events = [event(1, "2026-10-02T10:00", "9")]
    instants = [utc("2026-10-02T10:00"), utc("2026-10-02T14:00"), utc("2026-10-02T14:00:00.000001")]
    usage = usage_of(meter("last", holds_for=4 * HOUR), OCTOBER, events, NOTHING, instants)
    assert quantities(usage) == ["0", "9", "0"]


def test_a_level_stated_again_holds_from_then() -> None:
    events = [event(1, "2026-10-02T10:00", "9"), event(2, "2026-10-02T12:00", "9")]
    instants = [utc("2026-10-02T15:00"), utc("2026-10-02T17:00")]
    usage = usage_of(meter("last", holds_for=4 * HOUR), OCTOBER, events, NOTHING, instants)
    assert quantities(usage) == ["9", "0"]


def test_an_event_at_the_end_of_a_level_finds_it_ended() -> None:
    running = RunningQuantity(meter("last", holds_for=4 * HOUR), OCTOBER, NOTHING)
    assert steps(
        running, event(1, "2026-10-02T10:00", "9"), event(2, "2026-10-02T14:00", "2", "vm-2")
    ) == [("0", "9"), ("9", "2")]


def test_the_mean_over_time_is_level_times_seconds_over_the_whole_period() -> None:
    events = [event(1, START, "10"), event(2, MIDDLE, "30")]
    usage = usage_of(meter("time_weighted_mean"), OCTOBER, events, NOTHING, [MIDDLE, END])
    assert quantities(usage) == ["5", "20"]


def test_the_mean_over_time_grows_between_events_and_the_steps_add_up() -> None:
    running = RunningQuantity(meter("time_weighted_mean"), OCTOBER, NOTHING)
    assert steps(running, event(1, START, "10"), event(2, MIDDLE, "30", "vm-2")) == [
        ("0", "0"),
        ("0", "5"),
    ]
    end = running.checkpoint(END)
    assert [(each.resource, str(each.quantity)) for each in end.quantities] == [
        ("vm-1", "10"),
        ("vm-2", "15"),
    ]
    assert end.quantity == 25


def test_a_level_carried_in_is_averaged_from_the_start_of_the_period() -> None:
    carried = {"vm-1": level("12", "2026-08-01T00:00")}
    usage = usage_of(meter("time_weighted_mean"), OCTOBER, [], carried, [MIDDLE, END])
    assert quantities(usage) == ["6", "12"]


def test_a_level_carried_in_is_averaged_only_as_long_as_it_holds() -> None:
    # Stated 2 h before the start, good for 9.45 h: 100 GB for 7.45 of the period's 745 hours.
    held = meter("time_weighted_mean", holds_for=timedelta(hours=9, minutes=27))
    carried = {"vm-1": level("100", "2026-09-30T20:00")}
    usage = usage_of(held, OCTOBER, [], carried, [END])
    assert quantities(usage) == ["1"]


def test_a_gap_between_levels_is_not_averaged() -> None:
    # 10 held for 4 h, then nothing for 2 h, then 10 for 4 h: 80 GB-hours of 745 hours.
    held = meter("time_weighted_mean", holds_for=4 * HOUR)
    events = [event(1, START, "10"), event(2, START + 6 * HOUR, "10")]
    usage = usage_of(held, OCTOBER, events, NOTHING, [START + 5 * HOUR, END])
    assert quantities(usage) == ["8/149", "16/149"]


def test_events_count_up_to_a_checkpoint_but_not_at_it() -> None:
    events = [event(2, "2026-10-03T00:00", "5"), event(1, "2026-10-02T00:00", "1")]
    instants = [utc("2026-10-03T00:00"), utc("2026-10-02T12:00"), END]
    assert quantities(usage_of(meter(), OCTOBER, events, NOTHING, instants)) == ["1", "1", "6"]


def test_events_come_in_the_order_of_their_instant_and_id() -> None:
    running = RunningQuantity(meter("last"), OCTOBER, NOTHING)
    assert steps(running, event(1, "2026-10-02T10:00", "9"), event(2, "2026-10-02T10:00", "4")) == [
        ("0", "9"),
        ("9", "4"),
    ]
    with pytest.raises(ValueError, match="comes after a later one, or twice"):
        running.record(event(2, "2026-10-02T10:00", "4"))


def test_a_late_level_of_an_earlier_time_counts_from_the_periods_start() -> None:
    running = RunningQuantity(meter("time_weighted_mean"), OCTOBER, NOTHING)
    running.record(event(1, START - HOUR, "10"))
    assert running.checkpoint(MIDDLE).quantity == 5
    assert running.checkpoint(END).quantity == 10


def resumed(aggregation: str, quantity: str, held: str) -> RunningQuantity:
    return RunningQuantity.resumed(
        meter=meter(aggregation),
        period=OCTOBER,
        quantities={"vm-1": Fraction(quantity)},
        levels={"vm-1": Level(level=Decimal(held), since=START)},
        as_of=MIDDLE,
        seen=[("vm-1", "anna")],
    )


@pytest.mark.parametrize(
    ("aggregation", "quantity", "held", "step"),
    [
        ("sum", "5", "0", ("5", "35")),
        ("max", "40", "10", ("40", "40")),
        ("last", "10", "10", ("10", "30")),
        ("time_weighted_mean", "5", "10", ("5", "15/2")),
        ("unique_count", "1", "0", ("1", "2")),
    ],
)
def test_a_running_quantity_goes_on_in_mid_period(
    aggregation: str, quantity: str, held: str, step: tuple[str, str]
) -> None:
    later = event(9, MIDDLE + (END - START) / 4, "30", "vm-1", "bert")
    assert steps(resumed(aggregation, quantity, held), later) == [step]


def test_a_value_seen_before_is_not_counted_again_after_going_on() -> None:
    again = event(9, MIDDLE, "1", "vm-1", "anna")
    assert resumed("unique_count", "1", "0").record(again) == Step(
        before=Fraction(1), after=Fraction(1)
    )


def test_events_in_order_pass_by_once() -> None:
    passing = iter(
        [
            event(1, "2026-10-01T00:00", "10", "vm-1"),
            event(2, "2026-10-31T00:00", "2.5", "vm-2"),
            event(3, "2026-10-31T00:00", "-4", "vm-1"),
        ]
    )
    usage = usage_in_order(meter(allows_credits=True), OCTOBER, passing, NOTHING, [MIDDLE, END])
    assert quantities(usage) == ["10", "17/2"]
    assert [(each.resource, str(each.quantity)) for each in usage.by_resource()] == [
        ("vm-1", "6"),
        ("vm-2", "5/2"),
    ]


def test_events_that_are_said_to_come_in_order_must() -> None:
    passing = [event(2, "2026-10-02T10:00", "1"), event(1, "2026-10-02T10:00", "1")]
    with pytest.raises(ValueError, match="comes after a later one, or twice"):
        usage_in_order(meter(), OCTOBER, passing, NOTHING, [END])
