"""The oracle itself: it stands alone, and says what a hand works out."""

import ast
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from tests.oracle.plain.crossings import crossings
from tests.oracle.plain.months import Month, hour_of
from tests.oracle.plain.prices import Price, Tier, added
from tests.oracle.plain.running import just_before, quantity
from tests.oracle.plain.said import Meter, Said, effective, identity_of, leaf_of

PLAIN = Path(__file__).with_name("plain")
PRODUCT = {
    "api",
    "billing_core",
    "components",
    "db",
    "demo",
    "documents",
    "intake",
    "jobs",
    "notation",
    "pages",
}
NOVEMBER = Month(date(2026, 11, 1), "Europe/Amsterdam")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)


def said(at: str, number: str, own_id: str = "a", meter: str = "disk", resource: str = "r") -> Said:
    return Said(own_id, meter, datetime.fromisoformat(at), number, resource)


def modules_of(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("file", sorted(PLAIN.glob("*.py")), ids=lambda file: file.stem)
def test_the_oracle_shares_no_code_with_what_it_judges(file: Path) -> None:
    modules = modules_of(file.read_text(encoding="utf-8"))
    assert not modules & PRODUCT
    if "tests" in modules:
        assert "from tests.support" not in file.read_text(encoding="utf-8")


def test_a_correction_of_a_correction_counts_alone() -> None:
    first = said("2026-11-02T10:00:00Z", "1", "a")
    second = said("2026-11-02T10:00:00Z", "2", "b")._replace(corrects="a")
    third = said("2026-11-02T10:00:00Z", "3", "c")._replace(corrects="b")
    taken_back = third._replace(withdraws=True)
    assert effective([third, first, second]) == [third]
    assert effective([taken_back, first, second]) == []


def test_a_mean_grows_while_a_level_is_held() -> None:
    """10 GB from the month's middle on, for two days of its thirty: 10 × 2 ÷ 30."""
    meter = Meter("disk", "time_weighted_mean", timedelta(days=2))
    levels = [said("2026-11-15T23:00:00Z", "10")]
    end = just_before(NOVEMBER.ends_at)
    assert quantity(meter, levels, NOVEMBER, end) == Fraction(2, 3)


def test_a_mean_passes_a_bound_by_itself_at_a_whole_microsecond() -> None:
    """30 held from the start reach 0.8 of 10 after 8 of 30 days, and pass 10 after ten of them."""
    meter = Meter("disk", "time_weighted_mean")
    price = Price("disk", "disk", "graduated", (Tier(10, "1"), Tier(None, "2")))
    levels = [said("2026-10-31T23:00:00Z", "30")]
    found = crossings(price, meter, levels, NOVEMBER, NOVEMBER.ends_at)
    assert {(each.kind, each.share, each.crossed_at - START) for each in found} == {
        ("threshold", Fraction(4, 5), timedelta(days=8)),
        ("threshold", Fraction(1), timedelta(days=10)),
        ("tier", None, timedelta(days=10, microseconds=1)),
    }
    assert {each.event for each in found} == {None}


def test_a_level_carried_in_passes_bounds_at_the_start_unless_another_is_stated_there() -> None:
    meter = Meter("disk", "last")
    price = Price("disk", "disk", "graduated", (Tier(10, "1"), Tier(None, "2")), thresholds=())
    carried = said("2026-10-20T10:00:00Z", "11")
    stated = said("2026-10-31T23:00:00Z", "12", "b")
    (by_itself,) = crossings(price, meter, [carried], NOVEMBER, START)
    (by_event,) = crossings(price, meter, [carried, stated], NOVEMBER, START)
    assert (by_itself.crossed_at, by_itself.event) == (START, None)
    assert [by_itself.before, by_itself.after] == [0, 11]
    assert [by_event.event, by_event.before, by_event.after] == [stated.identity, 0, 12]


def test_amounts_are_worked_out_as_the_agreement_says() -> None:
    """0.10 up to 100 and 0.05 above, after 20 included: from 110 to 130 are 10 and 10."""
    tiers = (Tier(100, "0.10"), Tier(None, "0.05", "7"))
    graduated = Price("x", "x", "graduated", tiers, included=20)
    assert added(graduated, Fraction(110), Fraction(130)) == Fraction("8.50")
    volume = Price("x", "x", "volume", tiers)
    assert added(volume, Fraction(100), Fraction(101)) == Fraction("2.05")
    package = Price("x", "x", "package", unit_price="100", size=10, free=5)
    assert added(package, Fraction(0), Fraction(16)) == 200
    assert added(Price("x", "x", "unit", unit_price="2"), Fraction(0), Fraction(-3)) == -6


def test_an_hour_is_the_one_that_the_zones_clock_shows() -> None:
    """Lord Howe puts its clock back by half an hour, at 15:00 UTC from 02:00 to 01:30."""
    shown_twice = datetime(2026, 4, 4, 15, 10, tzinfo=UTC)
    assert hour_of(shown_twice, "Australia/Lord_Howe") == datetime(2026, 4, 4, 14, 30, tzinfo=UTC)
    in_india = datetime(2026, 4, 4, 15, 10, tzinfo=UTC)
    assert hour_of(in_india, "Asia/Kolkata") == datetime(2026, 4, 4, 14, 30, tzinfo=UTC)


def test_a_leaf_is_the_hash_of_a_zero_byte_and_ten_fields() -> None:
    event = said("2026-11-02T10:00:00Z", "1.50", "a/1")
    assert identity_of("collector", "a/1", "disk") == UUID("de5e492e-8d35-fd19-09ff-a822878c2352")
    assert leaf_of(event, "harbour").hex() == (
        "6dfb1edcc5e9dc20151a6c554f9d537ec8ec127901b64589b3500ac45fcb3024"
    )
