from datetime import date, datetime
from fractions import Fraction

import pytest

from billing_core.faults import Faults
from billing_core.period import (
    BillingPeriod,
    is_utc,
    month_after,
    month_period,
    period_of,
    start_of_day,
    zone_fault,
)
from tests.billing_core.made import OCTOBER, faults_in, utc


def test_october_in_amsterdam_has_745_hours() -> None:
    assert OCTOBER.starts_at == utc("2026-09-30T22:00")
    assert OCTOBER.ends_at == utc("2026-10-31T23:00")
    assert OCTOBER.seconds == Fraction(745 * 3600)


@pytest.mark.parametrize(
    ("name", "zone", "hours", "days"),
    [
        ("2026-03", "Europe/Amsterdam", "743", 31),
        ("2026-02", "Europe/Amsterdam", "672", 28),
        ("2028-02", "UTC", "696", 29),
        ("2026-10", "Asia/Kolkata", "744", 31),
        ("2026-11", "America/New_York", "721", 30),
        ("2026-04", "Australia/Lord_Howe", "720.5", 30),
    ],
)
def test_a_month_has_the_hours_that_pass_in_its_zone(
    name: str, zone: str, hours: str, days: int
) -> None:
    period = month_period(name, zone)
    assert period.seconds == Fraction(hours) * 3600
    assert period.day_count == days
    assert len(period.day_starts()) == days


def test_a_month_in_a_zone_of_half_an_hour_starts_at_half_past() -> None:
    period = month_period("2026-10", "Asia/Kolkata")
    assert period.starts_at == utc("2026-09-30T18:30")
    assert period.ends_at == utc("2026-10-31T18:30")


def test_a_period_is_half_open() -> None:
    assert OCTOBER.contains(utc("2026-09-30T22:00"))
    assert not OCTOBER.contains(utc("2026-09-30T21:59:59.999999"))
    assert OCTOBER.contains(utc("2026-10-31T22:59:59.999999"))
    assert not OCTOBER.contains(utc("2026-10-31T23:00"))


def test_a_period_starts_where_the_one_before_ended() -> None:
    assert OCTOBER.next().starts_at == OCTOBER.ends_at
    assert OCTOBER.previous().ends_at == OCTOBER.starts_at
    assert month_period("2026-12", "UTC").next().name == "2027-01"


def test_a_period_knows_its_days() -> None:
    assert (OCTOBER.first_day, OCTOBER.last_day) == (date(2026, 10, 1), date(2026, 10, 31))
    assert OCTOBER.month == date(2026, 10, 1)
    starts = OCTOBER.day_starts()
    assert starts[24:26] == (utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))
    assert OCTOBER.day_of(utc("2026-10-25T22:59:59")) == date(2026, 10, 25)
    assert OCTOBER.day_of(utc("2026-10-25T23:00")) == date(2026, 10, 26)


def test_days_and_instants_outside_give_the_nearest() -> None:
    assert OCTOBER.day_of(utc("2026-09-01T00:00")) == date(2026, 10, 1)
    assert OCTOBER.day_of(utc("2026-12-01T00:00")) == date(2026, 10, 31)
    assert OCTOBER.start_of(date(2026, 9, 1)) == OCTOBER.starts_at
    assert OCTOBER.start_of(date(2026, 10, 2)) == utc("2026-10-01T22:00")
    assert OCTOBER.start_of(date(2026, 11, 2)) == OCTOBER.ends_at


def test_a_day_whose_midnight_is_skipped_starts_when_the_clock_goes_on() -> None:
    # Cairo goes forward at midnight of 24 April 2026: the day starts at 01:00, 22:00 UTC.
    assert start_of_day(date(2026, 4, 24), "Africa/Cairo") == utc("2026-04-23T22:00")


@pytest.mark.parametrize(
    ("instant", "zone", "name"),
    [
        ("2026-09-30T21:59:59", "Europe/Amsterdam", "2026-09"),
        ("2026-09-30T22:00", "Europe/Amsterdam", "2026-10"),
        ("2026-12-31T18:30", "Asia/Kolkata", "2027-01"),
    ],
)
def test_an_instant_lies_in_the_month_of_its_zone(instant: str, zone: str, name: str) -> None:
    assert period_of(utc(instant), zone).name == name


def test_months_are_counted_over_years() -> None:
    assert month_after(date(2026, 12, 31)) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 15), -2) == date(2025, 11, 1)


def test_after_a_change_of_zone_the_first_day_starts_where_the_last_period_ended() -> None:
    moved = BillingPeriod(
        name="2026-10",
        starts_at=utc("2026-09-30T22:00"),
        ends_at=utc("2026-11-01T00:00"),
        zone="UTC",
    )
    assert moved.day_starts()[:2] == (utc("2026-09-30T22:00"), utc("2026-10-02T00:00"))
    assert moved.day_of(utc("2026-09-30T23:00")) == date(2026, 10, 1)
    assert moved.start_of(date(2026, 10, 1)) == utc("2026-09-30T22:00")


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "26-10", "2026-1", "9999-12", ""])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(Faults, match="is not a month"):
        month_period(name, "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "CEST+1\x00"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(Faults, match="is not a time zone"):
        month_period("2026-10", zone)
    assert len(zone_fault(zone)) == 1
    assert zone_fault("UTC") == ()


def test_a_period_names_every_fault_of_its_bounds() -> None:
    naive = datetime(2026, 10, 1)  # noqa: DTZ001 - a naive instant is the fault
    with pytest.raises(Faults) as raised:
        BillingPeriod(name="October", starts_at=naive, ends_at=naive, zone="UTC")
    assert faults_in(raised.value) == ["name", "starts_at", "ends_at"]
    with pytest.raises(Faults, match="ends after it starts"):
        BillingPeriod(
            name="2026-10", starts_at=OCTOBER.ends_at, ends_at=OCTOBER.starts_at, zone="UTC"
        )


def test_only_an_offset_of_zero_is_utc() -> None:
    assert is_utc(utc("2026-10-01T00:00"))
    assert not is_utc(datetime.fromisoformat("2026-10-01T00:00+02:00"))
    assert not is_utc(datetime.fromisoformat("2026-10-01T00:00"))
