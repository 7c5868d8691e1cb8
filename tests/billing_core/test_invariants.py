"""What holds for any price and any quantity."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_core.explanation import (
    added,
    added_by_day,
    completing_rows,
    shares_by_resource,
)
from billing_core.invoicing import build_invoice
from billing_core.metering import (
    Aggregation,
    Checkpoint,
    Level,
    Measurement,
    Meter,
    MeterUsage,
    ResourceQuantity,
    RunningQuantity,
    usage_of,
)
from billing_core.money import round_amount
from billing_core.numbers import parse_number, plain, rounded_quantity
from billing_core.period import month_period
from billing_core.prices import Price, Tier
from billing_core.rating import bounds_of, charge_of_quantity, crossed, rate
from tests.billing_core.made import OCTOBER, agreement, event, meter, price

#: Never a question of time, and enough examples: what is drawn is small.
invariant = settings(deadline=None, max_examples=60)

amounts = st.decimals(min_value=0, max_value=5000, places=4)
small = st.decimals(min_value=0, max_value=300, places=3)
quantities = st.decimals(min_value=0, max_value=5000, places=3)
fractions = st.fractions(min_value=0, max_value=5000, max_denominator=10**6)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.integers(1, 4000), max_size=4)))
    opened = [*map(Decimal, bounds), None]
    return tuple(
        Tier(name=f"T{index}", up_to=bound, unit_price=draw(small), flat_fee=draw(small))
        for index, bound in enumerate(opened)
    )


@st.composite
def prices(draw: st.DrawFn, *models: str, limited: bool = True) -> Price:
    model = draw(st.sampled_from(models or MODELS))
    fields: dict[str, object] = {
        "included_quantity": draw(quantities),
        "discount_rate": draw(st.decimals(min_value=0, max_value=1, places=3)),
    }
    if model == "unit":
        fields["unit_price"] = draw(amounts)
    elif model == "package":
        fields |= {"package_size": draw(small) + 1, "package_price": draw(amounts)}
        fields["free_quantity"] = draw(small)
    elif model == "markup":
        fields["markup_rate"] = draw(small)
    else:
        fields |= {"tiers": draw(tiers()), "flat_on_zero": draw(st.booleans())}
    if limited:
        low, high = sorted([draw(amounts), draw(amounts)])
        fields |= {"minimum": low, "maximum": high}
    return price(model, **fields)


MODELS = ("unit", "graduated", "volume", "package", "markup")


@invariant
@given(prices(), quantities, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_amount_is_the_sum_of_the_details_and_each_can_be_computed_again(
    of: Price, quantity: Decimal, currency: str
) -> None:
    charge = charge_of_quantity(of, Fraction(quantity), currency)
    assert charge.amount == sum(detail.amount for detail in charge.detailed_lines)
    for detail in charge.detailed_lines:
        shown = Fraction(detail.quantity) * Fraction(detail.unit_price) + Fraction(detail.flat_fee)
        assert detail.amount == round_amount(shown, currency)


@invariant
@given(prices(), quantities)
def test_an_amount_keeps_to_its_limits(of: Price, quantity: Decimal) -> None:
    amount = charge_of_quantity(of, Fraction(quantity), "EUR").amount
    assert of.minimum is not None
    assert of.maximum is not None
    assert round_amount(Fraction(of.minimum), "EUR") <= amount
    assert amount <= round_amount(Fraction(of.maximum), "EUR")


@invariant
@given(prices("unit", "graduated", "package", "markup", limited=False), fractions, fractions)
def test_more_usage_never_costs_less_except_under_volume(
    of: Price, one: Fraction, other: Fraction
) -> None:
    less, more = sorted([one, other])
    assert rate(of, less) <= rate(of, more)


@invariant
@given(prices(limited=False), st.lists(fractions, min_size=1, max_size=6))
def test_a_split_period_equals_the_whole(of: Price, steps: list[Fraction]) -> None:
    of_all = agreement(of)
    path = [Fraction(rounded_quantity(each)) for each in sorted(steps)]
    path.insert(0, Fraction(0))
    parts = [
        added(of_all, of.code, OCTOBER, before, after, OCTOBER.starts_at)
        for before, after in pairwise(path)
    ]
    assert rate(of, path[0]) + sum(parts) == rate(of, path[-1])


@invariant
@given(prices(), st.lists(quantities, min_size=31, max_size=31))
def test_the_days_and_the_completing_rows_make_the_line(of: Price, days: list[Decimal]) -> None:
    totals = sorted(days)
    ends = [*OCTOBER.day_starts()[1:], OCTOBER.ends_at]
    checkpoints = tuple(
        Checkpoint(at=at, quantities=(ResourceQuantity(resource="a", quantity=Fraction(total)),))
        for at, total in zip(ends, totals, strict=True)
    )
    usage = MeterUsage(meter=meter(), period=OCTOBER, checkpoints=checkpoints)
    whole = agreement(of)
    line = build_invoice(
        agreement=whole, period=OCTOBER, usage={"gb": usage}, as_of=OCTOBER.ends_at
    ).lines[0]
    total = sum((each.added for each in added_by_day(whole, of.code, usage)), Fraction(0))
    completing = completing_rows(line, total)
    assert total + sum(row.amount for row in completing) == line.amount
    assert "held" not in {row.kind for row in completing}


@invariant
@given(
    prices("unit", "graduated", "markup"),
    prices("unit", "graduated", "markup"),
    st.integers(2, 31),
    fractions,
    fractions,
    fractions,
)
def test_two_versions_and_any_column_still_make_the_line(
    old: Price, new: Price, day: int, one: Fraction, other: Fraction, total: Fraction
) -> None:
    changed = date(2026, 10, day)
    both = agreement(
        _renamed(old, "x", date(2026, 1, 1), changed), _renamed(new, "x", changed, None)
    )
    low, high = sorted([one, other])
    checkpoints = tuple(
        Checkpoint(at=at, quantities=(ResourceQuantity(resource="a", quantity=quantity),))
        for at, quantity in ((OCTOBER.start_of(changed), low), (OCTOBER.ends_at, high))
    )
    usage = {"gb": MeterUsage(meter=meter(), period=OCTOBER, checkpoints=checkpoints)}
    line = build_invoice(agreement=both, period=OCTOBER, usage=usage, as_of=OCTOBER.ends_at).lines[
        0
    ]
    assert total + sum(row.amount for row in completing_rows(line, total)) == line.amount


def _renamed(of: Price, code: str, starts_on: date, ends_on: date | None) -> Price:
    values = {name: getattr(of, name) for name in Price.__dataclass_fields__}
    return Price(**{**values, "code": code, "starts_on": starts_on, "ends_on": ends_on})


@invariant
@given(
    st.decimals(min_value=-10000, max_value=10000, places=2),
    st.lists(st.fractions(min_value=0, max_value=1000), min_size=1, max_size=8),
)
def test_an_allocation_adds_up_and_no_share_is_off_by_a_cent(
    amount: Decimal, weights: list[Fraction]
) -> None:
    by_resource = [
        ResourceQuantity(resource=str(index), quantity=weight)
        for index, weight in enumerate(weights)
    ]
    shares = shares_by_resource(amount, by_resource, "EUR")
    assert sum(share.share for share in shares) == amount
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        exact = Fraction(amount) * (weight / whole if whole else Fraction(1, len(weights)))
        assert abs(Fraction(share.share) - exact) < Fraction(1, 100)


@invariant
@given(prices("graduated", "volume"), fractions, fractions, fractions)
def test_bounds_passed_on_the_way_are_passed_by_its_parts(
    of: Price, one: Fraction, two: Fraction, three: Fraction
) -> None:
    low, middle, high = sorted([one, two, three])
    bounds = bounds_of(of)
    parts = [*crossed(bounds, low, middle), *crossed(bounds, middle, high)]
    assert parts == list(crossed(bounds, low, high))


hours = st.integers(0, 744)
levels = st.decimals(min_value=0, max_value=100, places=2)
events = st.lists(st.tuples(hours, levels, st.sampled_from(["vm-1", "vm-2", "vm-3"])), max_size=12)
carried = st.dictionaries(
    st.sampled_from(["vm-1", "vm-2"]), st.tuples(st.integers(1, 60), levels), max_size=2
)
holds = st.sampled_from([None, 1, 5, 48])


def measured(drawn: list[tuple[int, Decimal, str]]) -> list[Measurement]:
    return [
        event(
            number,
            OCTOBER.starts_at + timedelta(hours=hour),
            str(level),
            resource,
            str(int(level) % 3),
        )
        for number, (hour, level, resource) in enumerate(drawn, start=1)
    ]


def naive(of: Meter, held: list[Measurement], carried_in: dict[str, Level], hour: int) -> Fraction:
    """Compute a quantity again, hour by hour and resource by resource, as slowly as can be."""
    return sum(
        (
            _naive(of, [each for each in held if each.resource == resource], level, hour)
            for resource in ("vm-1", "vm-2", "vm-3")
            for level in [carried_in.get(resource)]
        ),
        Fraction(0),
    )


def _naive(of: Meter, held: list[Measurement], level: Level | None, hour: int) -> Fraction:
    until = OCTOBER.starts_at + timedelta(hours=hour)
    known = sorted(
        (each for each in held if each.occurred_at < until),
        key=lambda each: (each.occurred_at, each.event_id),
    )
    if of.aggregation is Aggregation.SUM:
        return sum((Fraction(each.quantity) for each in known), Fraction(0))
    if of.aggregation is Aggregation.UNIQUE_COUNT:
        return Fraction(len({each.counted_value for each in known}))
    stated = [(level.since, level.level)] if level else []
    stated += [(each.occurred_at, each.quantity) for each in known]
    slots = [_held_in(of, stated, slot) for slot in range(hour)]
    if of.aggregation is Aggregation.TIME_WEIGHTED_MEAN:
        return sum(slots, Fraction(0)) / 745
    if of.aggregation is Aggregation.LAST:
        return slots[-1] if slots else Fraction(0)
    return max([Fraction(0), *slots, *(Fraction(each.quantity) for each in known)])


def _held_in(of: Meter, stated: list[tuple[datetime, Decimal]], slot: int) -> Fraction:
    """Give the level held in an hour of the period: all events fall on whole hours."""
    start = OCTOBER.starts_at + timedelta(hours=slot)
    before = [(since, level) for since, level in stated if since <= start]
    if not before:
        return Fraction(0)
    since, level = before[-1]
    ended = of.holds_for is not None and since + of.holds_for <= start
    return Fraction(0) if ended else Fraction(level)


@invariant
@given(st.sampled_from(list(Aggregation)), events, carried, holds, st.lists(hours, max_size=3))
def test_the_running_quantity_equals_a_naive_recomputation(
    aggregation: Aggregation,
    drawn: list[tuple[int, Decimal, str]],
    before: dict[str, tuple[int, Decimal]],
    hold: int | None,
    asked: list[int],
) -> None:
    holds_for = timedelta(hours=hold) if hold and aggregation.is_level else None
    of = meter(aggregation, holds_for=holds_for)
    carried_in = {
        resource: Level(level=level, since=OCTOBER.starts_at - timedelta(hours=hours_before))
        for resource, (hours_before, level) in before.items()
    }
    instants = sorted({*asked, 745} - {0})
    found = usage_of(
        of,
        OCTOBER,
        measured(drawn),
        carried_in,
        [OCTOBER.starts_at + timedelta(hours=hour) for hour in instants],
    )
    expected = [naive(of, measured(drawn), carried_in, hour) for hour in instants]
    assert [each.quantity for each in found.checkpoints] == expected


@invariant
@given(st.sampled_from(list(Aggregation)), events, carried, holds)
def test_the_steps_of_a_period_make_a_chain(
    aggregation: Aggregation,
    drawn: list[tuple[int, Decimal, str]],
    before: dict[str, tuple[int, Decimal]],
    hold: int | None,
) -> None:
    holds_for = timedelta(hours=hold) if hold and aggregation.is_level else None
    carried_in = {
        resource: Level(level=level, since=OCTOBER.starts_at - timedelta(hours=hours_before))
        for resource, (hours_before, level) in before.items()
    }
    running = RunningQuantity(meter(aggregation, holds_for=holds_for), OCTOBER, carried_in)
    known = running.opening
    for each in sorted(measured(drawn), key=lambda one: (one.occurred_at, one.event_id)):
        step = running.record(each)
        assert step.before == known
        known = step.after
    assert running.opening == known


@invariant
@given(
    st.decimals(
        min_value=-(10**17), max_value=10**17, places=15, allow_nan=False, allow_infinity=False
    )
)
def test_a_number_written_plainly_is_read_back(number: Decimal) -> None:
    assert parse_number(plain(number)) == number


@invariant
@given(
    st.integers(1971, 2037),
    st.integers(1, 12),
    st.sampled_from(["Europe/Amsterdam", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]),
)
def test_the_days_of_a_month_cover_it(year: int, month: int, zone: str) -> None:
    period = month_period(f"{year}-{month:02}", zone)
    starts = [*period.day_starts(), period.ends_at]
    assert starts[0] == period.starts_at
    assert all(earlier <= later for earlier, later in pairwise(starts))
    assert period.next().previous() == period
