"""What was agreed: agreements, prices and their versions, tiers; validated from birth."""

from billing_core.prices.agreement import WHOLE_PERIODS, Agreement, AgreementQuantity
from billing_core.prices.price import ChargeModel, Interval, Price, Tier

__all__ = [
    "WHOLE_PERIODS",
    "Agreement",
    "AgreementQuantity",
    "ChargeModel",
    "Interval",
    "Price",
    "Tier",
]
