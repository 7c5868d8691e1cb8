"""Rating: from quantities to exact amounts and detailed lines. One charge model, one file."""

from billing_core.rating.bounds import Bound, BoundKind, bounds_of, crossed, is_past
from billing_core.rating.charge import Charge, FeeTerm, Stretch, charge_of, charge_of_quantity
from billing_core.rating.detail import DetailedLine, DetailKind
from billing_core.rating.limits import Limit, Limits, limits_in
from billing_core.rating.models import rate
from billing_core.rating.next_unit import NextUnit, cost_of_crossing, price_of_next_unit
from billing_core.rating.part_month import price_in_period
from billing_core.rating.passings import Passing, Watch, first_passings
from billing_core.rating.tiers import lower_bound, tier_of

__all__ = [
    "Bound",
    "BoundKind",
    "Charge",
    "DetailKind",
    "DetailedLine",
    "FeeTerm",
    "Limit",
    "Limits",
    "NextUnit",
    "Passing",
    "Stretch",
    "Watch",
    "bounds_of",
    "charge_of",
    "charge_of_quantity",
    "cost_of_crossing",
    "crossed",
    "first_passings",
    "is_past",
    "limits_in",
    "lower_bound",
    "price_in_period",
    "price_of_next_unit",
    "rate",
    "tier_of",
]
