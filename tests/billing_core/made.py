"""Values for tests, with only what a test is about written out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from billing_core.faults import Faults
from billing_core.invoicing import rating_instants
from billing_core.metering import (
    Aggregation,
    Checkpoint,
    Measurement,
    Meter,
    MeterUsage,
    ResourceQuantity,
)
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, ChargeModel, Price, Tier

AMSTERDAM = "Europe/Amsterdam"
OCTOBER = month_period("2026-10", AMSTERDAM)
NOVEMBER = month_period("2026-11", AMSTERDAM)


def tier(name: str, up_to: str | None, unit_price: str, flat_fee: str = "0") -> Tier:
    bound = None if up_to is None else Decimal(up_to)
    return Tier(name=name, up_to=bound, unit_price=Decimal(unit_price), flat_fee=Decimal(flat_fee))


def price(model: str, **fields: Any) -> Price:  # noqa: ANN401 - whatever fields a price has
    """Make a price; texts that are numbers may be given as such."""
    values: dict[str, Any] = {"code": model, "name": model.title(), "starts_on": date(2026, 1, 1)}
    if ChargeModel(model).is_metered:
        values["meter"] = "gb"
    for name, value in fields.items():
        is_number = name not in _TEXTS and isinstance(value, str)
        values[name] = Decimal(value) if is_number else value
    return Price(model=ChargeModel(model), **values)


_TEXTS = {"code", "name", "meter", "clause", "reference", "interval", "tax_code", "reason"}


def agreement(*prices: Price, **fields: Any) -> Agreement:  # noqa: ANN401 - as above
    values: dict[str, Any] = {
        "code": "HARB-2026",
        "client": "harbour",
        "currency": "EUR",
        "zone": AMSTERDAM,
        "starts_on": date(2026, 1, 1),
    }
    return Agreement(**{**values, **fields}, prices=prices)


def meter(aggregation: str = "sum", **fields: Any) -> Meter:  # noqa: ANN401 - as above
    values: dict[str, Any] = {"code": "gb", "name": "Storage", "unit": "GB"}
    return Meter(**{**values, **fields}, aggregation=Aggregation(aggregation))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(
    number: int, at: str | datetime, quantity: str, resource: str = "vm-1", value: str | None = None
) -> Measurement:
    return Measurement(
        occurred_at=utc(at) if isinstance(at, str) else at,
        resource=resource,
        quantity=Decimal(quantity),
        counted_value=value,
        event_id=UUID(int=number),
    )


def checkpoint(at: datetime, **quantities: str) -> Checkpoint:
    return Checkpoint(
        at=at,
        quantities=tuple(
            ResourceQuantity(resource=name.replace("_", "-"), quantity=Fraction(quantity))
            for name, quantity in quantities.items()
        ),
    )


def usage(
    of: Agreement,
    *totals: str,
    period: BillingPeriod = OCTOBER,
    aggregation: str = "sum",
    as_of: datetime | None = None,
) -> Mapping[str, MeterUsage]:
    """Give the usage of meter gb: a total for each rating instant, in order."""
    instants = rating_instants(of, period, as_of or period.ends_at)
    checkpoints = tuple(
        checkpoint(instant, vm_1=total) for instant, total in zip(instants, totals, strict=True)
    )
    return {"gb": MeterUsage(meter=meter(aggregation), period=period, checkpoints=checkpoints)}


def faults_in(raised: BaseException) -> list[str]:
    assert isinstance(raised, Faults)
    return [fault.where for fault in raised.faults]


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
