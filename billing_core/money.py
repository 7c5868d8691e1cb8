"""Money: an amount in the minor unit of its currency. Amounts of two currencies never meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Self

from billing_core.faults import Fault, refuse
from billing_core.numbers import EXACT, rounded

_DECIMALS: Final[dict[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN
        BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP
        LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
        NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
        SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER
        ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

#: ISO 4217: how many decimals an amount of a currency has. Our own table: locale libraries follow
#: habit instead (they give IQD none). Left out are codes without a minor unit: metals, XDR, XXX.
MINOR_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}
)


class CurrencyMismatch(TypeError):  # noqa: N818 - named as the contract of the house names it
    """Two currencies in one sum."""


def minor_units(currency: str) -> int:
    """Give the number of decimals of a currency's amounts.

    Raises:
        Faults: for a code that ISO 4217 doesn't have, or gives no minor unit.
    """
    if currency not in MINOR_UNITS:
        message = f"{currency!r} is not an ISO 4217 currency code with a minor unit, like EUR"
        refuse([Fault(where="currency", message=message)])
    return MINOR_UNITS[currency]


def round_amount(exact: Fraction, currency: str) -> Decimal:
    """Round an exact amount once, half away from zero, to the currency's minor unit.

    >>> round_amount(Fraction("10.005"), "EUR"), round_amount(Fraction("-0.5"), "JPY")
    (Decimal('10.01'), Decimal('-1'))
    """
    return rounded(exact, minor_units(currency))


def sum_of(amounts: Iterable[Decimal], currency: str) -> Decimal:
    """Add amounts that are already rounded; nothing is lost, an empty sum is zero.

    >>> sum_of([Decimal("0.10"), Decimal("-0.02")], "EUR")
    Decimal('0.08')
    """
    total = Decimal((0, (0,), -minor_units(currency)))
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount of one currency, in its minor unit."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        decimals = minor_units(self.currency)
        finite = self.amount.is_finite()
        if not finite or rounded(Fraction(self.amount), decimals) != self.amount:
            message = f"{self.amount} is not an amount with at most {decimals} decimals"
            refuse([Fault(where="amount", message=message)])

    def __add__(self, other: Self) -> "Money":
        return self._joined(other, other.amount)

    def __sub__(self, other: Self) -> "Money":
        return self._joined(other, EXACT.minus(other.amount))

    def _joined(self, other: Self, amount: Decimal) -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} can't be added")
        return Money(amount=EXACT.add(self.amount, amount), currency=self.currency)
