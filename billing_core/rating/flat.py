"""Charge models `flat` and `one_off`: a fee, for each of an agreed quantity."""

from decimal import Decimal
from fractions import Fraction

from billing_core.prices import Price
from billing_core.rating.detail import DetailKind, Portion


def portions(price: Price, quantity: Fraction) -> tuple[Portion, ...]:
    """Give quantity × fee: 12 seats at 5.00 are 60.00. Days are the invoice's to count."""
    fee = price.fee or Decimal(0)
    return (Portion(kind=DetailKind.FEE, text=price.name, quantity=quantity, unit_price=fee),)


def one_off_portions(price: Price, quantity: Fraction) -> tuple[Portion, ...]:
    """Give quantity × fee of a dated charge, with its reference."""
    text = f"{price.name} ({price.reference})" if price.reference else price.name
    fee = price.fee or Decimal(0)
    return (Portion(kind=DetailKind.ONE_OFF, text=text, quantity=quantity, unit_price=fee),)
