"""Passings: where a running quantity is first past a bound, to the microsecond."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from billing_core.metering import Change
from billing_core.rating import Bound, BoundKind, Passing, Watch, first_passings
from tests.billing_core.made import utc

TEN = utc("2026-10-02T10:00")
SECOND = timedelta(seconds=1)


def bound(quantity: str, *, inclusive: bool) -> Bound:
    kind = BoundKind.THRESHOLD if inclusive else BoundKind.TIER
    return Bound(
        kind=kind,
        tier="More",
        ordinal=2,
        share=Decimal(1) if inclusive else None,
        quantity=Decimal(quantity),
        inclusive=inclusive,
    )


def watch(
    quantity: str, *, inclusive: bool = False, since: datetime = TEN, until: datetime | None = None
) -> Watch:
    return Watch(
        bound=bound(quantity, inclusive=inclusive),
        starts_at=since,
        ends_at=until or TEN + timedelta(days=1),
    )


def jump(at: datetime, before: str, after: str, number: int | None = 1) -> Change:
    return Change(
        since=at,
        at=at,
        before=Fraction(before),
        after=Fraction(after),
        event_id=UUID(int=number) if number else None,
    )


def drift(since: datetime, at: datetime, before: str, after: str) -> Change:
    return Change(since=since, at=at, before=Fraction(before), after=Fraction(after))


def test_an_event_passes_at_its_instant_with_the_totals_around_it() -> None:
    wanted = watch("100")
    changes = [jump(TEN, "0", "100"), jump(TEN + SECOND, "100", "130", 2)]
    assert first_passings(changes, [wanted]) == {
        wanted: Passing(
            at=TEN + SECOND, before=Fraction(100), after=Fraction(130), event_id=UUID(int=2)
        )
    }


def test_a_threshold_is_reached_and_a_tier_exceeded_within_even_growth() -> None:
    # From 9 to 10 in a second: a millionth each microsecond.
    reached, exceeded = watch("9.5", inclusive=True), watch("9.5")
    grown = drift(TEN, TEN + SECOND, "9", "10")
    assert first_passings([grown], [reached, exceeded]) == {
        reached: Passing(
            at=TEN + timedelta(microseconds=500_000),
            before=Fraction("9.499999"),
            after=Fraction("9.5"),
            event_id=None,
        ),
        exceeded: Passing(
            at=TEN + timedelta(microseconds=500_001),
            before=Fraction("9.5"),
            after=Fraction("9.500001"),
            event_id=None,
        ),
    }


def test_a_bound_between_two_microseconds_is_passed_at_the_later_one() -> None:
    # From 0 to 1 in three microseconds: a half is passed at the second, from 1/3 to 2/3.
    at = TEN + timedelta(microseconds=3)
    for wanted in (watch("0.5"), watch("0.5", inclusive=True)):
        assert first_passings([drift(TEN, at, "0", "1")], [wanted])[wanted] == Passing(
            at=TEN + timedelta(microseconds=2),
            before=Fraction(1, 3),
            after=Fraction(2, 3),
            event_id=None,
        )


def test_growth_that_ends_at_the_bound_reaches_a_threshold_and_exceeds_no_tier() -> None:
    reached, exceeded = watch("10", inclusive=True), watch("10")
    grown = drift(TEN, TEN + SECOND, "9", "10")
    found = first_passings([grown], [reached, exceeded])
    assert [each.at for each in found.values()] == [TEN + SECOND]
    assert found.keys() == {reached}


def test_only_the_first_passing_counts_and_only_in_the_time_of_the_price() -> None:
    early, late = watch("5", until=TEN + SECOND), watch("5", since=TEN + 3 * SECOND)
    changes = [
        jump(TEN, "0", "4"),
        jump(TEN + SECOND, "4", "6", 2),
        jump(TEN + 2 * SECOND, "6", "4", 3),
        jump(TEN + 3 * SECOND, "4", "6", 4),
        jump(TEN + 4 * SECOND, "6", "4", 5),
        jump(TEN + 5 * SECOND, "4", "6", 6),
    ]
    found = first_passings(changes, [early, late])
    assert found.keys() == {late}
    assert found[late].event_id == UUID(int=4)


def test_no_more_changes_are_asked_for_than_needed() -> None:
    asked = []

    def changes() -> Iterator[Change]:
        for number in range(1, 9):
            asked.append(number)
            yield jump(TEN + number * SECOND, str(number - 1), str(number), number)

    found = first_passings(changes(), [watch("2"), watch("4")])
    assert [each.event_id.int for each in found.values() if each.event_id] == [3, 5]
    assert asked == [1, 2, 3, 4, 5]
    assert first_passings(changes(), []) == {}
