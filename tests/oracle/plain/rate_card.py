"""Meters of all aggregations, and prices whose bounds are easily met to the very unit."""

from datetime import date, timedelta

from tests.oracle.plain.prices import Price, Tier
from tests.oracle.plain.said import Meter

METERS = {
    meter.code: meter
    for meter in (
        Meter("egress", "sum"),
        Meter("vendor", "sum", credits=True),
        Meter("peak", "max"),
        Meter("burst", "max", timedelta(hours=3)),
        Meter("devices", "last", timedelta(hours=30)),
        Meter("seats", "last"),
        Meter("balance", "last", timedelta(hours=12), credits=True),
        Meter("storage", "time_weighted_mean", timedelta(hours=36)),
        Meter("array", "time_weighted_mean"),
        Meter("flow", "time_weighted_mean", timedelta(minutes=10), credits=True),
        Meter("users", "unique_count"),
    )
}

_SMALL = (Tier(3, "1.5"), Tier(8, "0.25", "2"), Tier(None, "0.125", "7.5"))
_LARGE = (Tier(10, "0.1"), Tier(20, "0.0045", "3"), Tier(None, "2"))

_CHANGE = date(2026, 10, 4)

PRICES = (
    Price(
        "egress-graduated",
        "egress",
        "graduated",
        _LARGE,
        discount="0.1",
        ends_on=date(2026, 10, 15),
    ),
    Price("egress-graduated", "egress", "graduated", _SMALL, starts_on=date(2026, 10, 15)),
    Price("egress-volume", "egress", "volume", _LARGE, included=5),
    Price("egress-package", "egress", "package", unit_price="9.99", size=7, free=2),
    Price("egress-unit", "egress", "unit", unit_price="0.000000000001"),
    Price("vendor-graduated", "vendor", "graduated", _LARGE, included=2),
    Price("vendor-unit", "vendor", "unit", unit_price="1.15"),
    Price("peak", "peak", "graduated", _LARGE),
    Price("burst", "burst", "volume", _SMALL),
    Price("devices", "devices", "graduated", _SMALL),
    Price("seats", "seats", "graduated", _LARGE, thresholds=("0.5", "1"), ends_on=_CHANGE),
    Price("seats", "seats", "graduated", _SMALL, starts_on=_CHANGE),
    Price("balance", "balance", "graduated", _SMALL, ends_on=date(2026, 10, 25)),
    Price("storage", "storage", "graduated", _SMALL),
    Price("array", "array", "graduated", _LARGE, ends_on=_CHANGE),
    Price("array", "array", "graduated", _SMALL, starts_on=_CHANGE),
    Price("flow", "flow", "graduated", (Tier(1, "1"), Tier(None, "2")), thresholds=("0.01", "1")),
    Price("users", "users", "graduated", (Tier(2, "5"), Tier(4, "4"), Tier(None, "3"))),
)
