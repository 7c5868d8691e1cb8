"""An agreement: a client's term, currency, zone and rate card."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from billing_core.event import LONGEST_CODE, text_faults
from billing_core.faults import Fault, refuse
from billing_core.money import MINOR_UNITS
from billing_core.period import zone_fault
from billing_core.prices.faults import amount_faults, dates_faults
from billing_core.prices.price import ChargeModel, Price

#: Models that can't be cut in two inside a period: a package or a volume tier is one for all of it.
WHOLE_PERIODS: Final = frozenset({ChargeModel.VOLUME, ChargeModel.PACKAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementQuantity:
    """How many (seats, devices) are agreed from a day on, until the next such day."""

    price_code: str
    starts_on: date  #: inclusive
    quantity: Decimal

    def __post_init__(self) -> None:
        refuse(amount_faults("quantity", self.quantity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a client signed. Valid in [starts_on, ends_on), days in its zone."""

    code: str
    client: str  #: slug
    currency: str  #: ISO 4217
    zone: str  #: IANA name
    starts_on: date  #: inclusive
    ends_on: date | None = None  #: exclusive; None: not yet known to end
    prices: tuple[Price, ...] = ()  #: all versions of all prices
    quantities: tuple[AgreementQuantity, ...] = ()
    minimum_commitment: Decimal | None = None  #: net, per whole month
    grace_hours: int = 72  #: after a period's end, for stragglers
    back_billing_days: int = 90  #: how late a charge may still come
    renews_on: date | None = None
    notice_by: date | None = None
    purchase_order: str = ""  #: the client's, as its invoices name it
    payment_days: int = 30  #: from an invoice's date to the day by which it is paid
    tax_code: str = ""  #: of prices that name none; "": no tax is charged

    def __post_init__(self) -> None:
        refuse(_faults_of(self))

    def codes(self) -> tuple[str, ...]:
        """Give the codes of the prices, in the order of the rate card."""
        return tuple(dict.fromkeys(price.code for price in self.prices))

    def metered_codes(self) -> tuple[str, ...]:
        """Give the codes of the prices that a meter feeds."""
        metered = (price.code for price in self.prices if price.model.is_metered)
        return tuple(dict.fromkeys(metered))

    def versions_of(self, code: str) -> tuple[Price, ...]:
        """Give the versions of a price, the oldest first."""
        versions = (price for price in self.prices if price.code == code)
        return tuple(sorted(versions, key=lambda price: price.starts_on))

    def runs_on(self, day: date) -> bool:
        """Say whether the agreement is in force on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def tax_code_of(self, price: Price) -> str:
        """Give the tax code of a price's lines: its own, else the agreement's; "": no tax."""
        return price.tax_code or self.tax_code

    def price_at(self, code: str, day: date) -> Price | None:
        """Give the version of a price in force on a day of the agreement's term."""
        if not self.runs_on(day):
            return None
        return next((price for price in self.versions_of(code) if price.is_in_force(day)), None)

    def quantity_at(self, code: str, day: date) -> Decimal:
        """Give the agreement quantity of a price on a day; 0 before the first is agreed."""
        dated = (each for each in self.quantities if each.price_code == code)
        known = [each for each in dated if each.starts_on <= day]
        latest = max(known, key=lambda each: each.starts_on, default=None)
        return latest.quantity if latest else Decimal(0)


def _faults_of(agreement: Agreement) -> Iterator[Fault]:
    yield from text_faults("code", agreement.code, longest=LONGEST_CODE)
    yield from text_faults("client", agreement.client, longest=LONGEST_CODE)
    yield from zone_fault(agreement.zone)
    yield from dates_faults(agreement.starts_on, agreement.ends_on)
    yield from amount_faults("minimum_commitment", agreement.minimum_commitment)
    if agreement.currency not in MINOR_UNITS:
        message = f"{agreement.currency!r} is not an ISO 4217 code with a minor unit, like EUR"
        yield Fault(where="currency", message=message)
    yield from _settings(agreement)
    for code in agreement.codes():
        yield from _versions(agreement, code)
    yield from _quantities(agreement)


def _settings(agreement: Agreement) -> Iterator[Fault]:
    for where in ("grace_hours", "back_billing_days", "payment_days"):
        if getattr(agreement, where) < 0:
            yield Fault(where=where, message="is below zero")
    renews_on, notice_by = agreement.renews_on, agreement.notice_by
    if renews_on and notice_by and notice_by > renews_on:
        yield Fault(where="notice_by", message=f"{notice_by} is after the renewal, {renews_on}")


def _versions(agreement: Agreement, code: str) -> Iterator[Fault]:
    versions = agreement.versions_of(code)
    where = f"prices[{code}]"
    for earlier, later in pairwise(versions):
        if earlier.ends_on is None or earlier.ends_on > later.starts_on:
            message = f"the versions from {earlier.starts_on} and {later.starts_on} overlap"
            yield Fault(where=where, message=message)
    if len({(price.meter, price.model.is_metered) for price in versions}) > 1:
        message = "its versions differ in meter, or only some are metered: use another code"
        yield Fault(where=where, message=message)
    for price in versions:
        yield from _version(agreement, price)


def _version(agreement: Agreement, price: Price) -> Iterator[Fault]:
    where = f"prices[{price.code}]"
    starts = max(price.starts_on, agreement.starts_on)
    if price.model in WHOLE_PERIODS and starts.day != 1 and starts != agreement.starts_on:
        message = f"a {price.model} price starts with a month, not on {price.starts_on}"
        yield Fault(where=f"{where}.starts_on", message=message)
    if not price.model.is_metered:
        for limit in ("maximum", "minimum"):
            if getattr(price, limit) is not None:
                message = f"a {price.model} price has no {limit}: its fee is known"
                yield Fault(where=f"{where}.{limit}", message=message)


def _quantities(agreement: Agreement) -> Iterator[Fault]:
    counted = {price.code for price in agreement.prices if price.per_agreement_quantity}
    seen: set[tuple[str, date]] = set()
    for each in agreement.quantities:
        where = f"quantities[{each.price_code}]"
        if each.price_code not in counted:
            message = "names no price per agreement quantity"
            yield Fault(where=where, message=message)
        if (each.price_code, each.starts_on) in seen:
            yield Fault(where=where, message=f"is given twice for {each.starts_on}")
        seen.add((each.price_code, each.starts_on))
