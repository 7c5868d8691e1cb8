from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from billing_core.faults import Faults
from billing_core.metering import Aggregation, Measurement, MeterUsage
from tests.billing_core.made import OCTOBER, checkpoint, faults_in, meter, utc


def test_levels_hold_and_amounts_add_up() -> None:
    assert [each.value for each in Aggregation if each.is_level] == [
        *("max", "last", "time_weighted_mean"),
    ]
    assert [each.value for each in Aggregation if each.adds_up_over_time] == [
        *("sum", "time_weighted_mean"),
    ]


def test_a_meter_names_every_fault() -> None:
    with pytest.raises(Faults) as raised:
        meter("sum", code="", unit=" ", holds_for=timedelta(0))
    assert faults_in(raised.value) == ["code", "unit", "holds_for", "holds_for"]
    assert meter("max", holds_for=timedelta(hours=1)).holds_for == timedelta(hours=1)


@pytest.mark.parametrize(
    ("occurred_at", "quantity", "where"),
    [("2026-10-01T00:00+02:00", "1", "occurred_at"), ("2026-10-01T00:00+00:00", "NaN", "quantity")],
)
def test_a_measurement_is_checked(occurred_at: str, quantity: str, where: str) -> None:
    with pytest.raises(Faults) as raised:
        Measurement(
            occurred_at=datetime.fromisoformat(occurred_at),
            resource="vm-1",
            quantity=Decimal(quantity),
            event_id=UUID(int=1),
        )
    assert faults_in(raised.value) == [where]


def test_usage_adds_its_resources_up_at_each_checkpoint() -> None:
    noon, end = utc("2026-10-15T12:00"), OCTOBER.ends_at
    usage = MeterUsage(
        meter=meter(),
        period=OCTOBER,
        checkpoints=(checkpoint(noon, a="1.5"), checkpoint(end, a="2", b="1/3")),
    )
    assert usage.quantity_at(noon) == Fraction("1.5")
    assert usage.quantity == Fraction(7, 3)
    assert [each.resource for each in usage.by_resource()] == ["a", "b"]
    with pytest.raises(LookupError, match="gb has no checkpoint at 2026-10-16"):
        usage.quantity_at(utc("2026-10-16T00:00"))


def test_checkpoints_are_there_in_order_and_in_utc() -> None:
    with pytest.raises(Faults, match="there is none"):
        MeterUsage(meter=meter(), period=OCTOBER, checkpoints=())
    local = datetime.fromisoformat("2026-10-01T12:00+02:00")
    with pytest.raises(Faults, match=r"not in order of time.*not at instants in UTC"):
        MeterUsage(
            meter=meter(),
            period=OCTOBER,
            checkpoints=(checkpoint(OCTOBER.ends_at), checkpoint(local)),
        )
