"""Clients of several currencies beside each other, worked by hand; no sum ever mixes them.

Each uses 1,234.5 units in October 2026 and pays its fee for 17 of 31 days and for November::

                     Osaka, JPY            Kuwait, KWD               Rotterdam, EUR
    unit price       0.37                  0.0037                    0.0037
    usage              456.765     457       4.56765       4.568       4.56765       4.57
    fee a month     98,000                 310.125                   310.13
    17 of 31 days   53,741.935… 53,742     170.0685…     170.069     170.0712…     170.07
    November                    98,000                   310.125                   310.13
    net                        152,199                   484.762                   484.77
    tax              10 %                  none                      21 %
                    15,219.9    15,220                     0.000     101.8017      101.80
    gross                      167,419                   484.762                   586.57
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_core.invoicing import Invoice, build_invoice
from billing_core.money import CurrencyMismatch, Money
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import VAT, adjusting, amounts_of, metered, totals_of

GB = meter()
USED = [event(1, "2026-10-20T08:00", "1234.5")]
JAPANESE = replace(VAT, code="JP-10", name="Consumption tax 10 %", rate=Decimal("0.10"))


def client(currency: str, fee: str, unit_price: str, tax_code: str = "") -> Agreement:
    return agreement(
        price("flat", fee=fee),
        price("unit", unit_price=unit_price),
        currency=currency,
        tax_code=tax_code,
        starts_on=date(2026, 10, 15),
    )


OSAKA = client("JPY", "98000", "0.37", "JP-10")
KUWAIT = client("KWD", "310.125", "0.0037")
ROTTERDAM = client("EUR", "310.13", "0.0037", "NL-21")


def october(of: Agreement, *rates: TaxRate) -> Invoice:
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, {GB: USED}),
        as_of=OCTOBER.ends_at,
        tax_rates=rates,
    )


@pytest.mark.parametrize(
    ("of", "amounts", "totals"),
    [
        (OSAKA, ["53742", "98000", "457"], ("152199", "15220", "167419")),
        (KUWAIT, ["170.069", "310.125", "4.568"], ("484.762", "0.000", "484.762")),
        (ROTTERDAM, ["170.07", "310.13", "4.57"], ("484.77", "101.80", "586.57")),
    ],
    ids=["JPY", "KWD", "EUR"],
)
def test_each_amount_has_the_decimals_of_its_currency(
    of: Agreement, amounts: list[str], totals: tuple[str, str, str]
) -> None:
    invoice = october(of, JAPANESE, VAT)
    assert [amount for _, amount in amounts_of(invoice)] == amounts
    assert totals_of(invoice) == totals


def test_two_currencies_are_never_added() -> None:
    yen = Money(amount=october(OSAKA).net, currency="JPY")
    euro = Money(amount=october(ROTTERDAM).net, currency="EUR")
    with pytest.raises(CurrencyMismatch, match="JPY and EUR can't be added"):
        yen + euro


def test_a_month_billed_in_one_currency_is_not_adjusted_in_another() -> None:
    issued = {"HARB-2026-0010": october(OSAKA)}
    again = adjusting(OSAKA, OCTOBER, {GB: USED}, issued, "gb")
    with pytest.raises(CurrencyMismatch, match="2026-10 was billed in JPY"):
        build_invoice(
            agreement=ROTTERDAM,
            period=NOVEMBER,
            usage=metered(ROTTERDAM, NOVEMBER, {GB: []}),
            as_of=NOVEMBER.ends_at,
            adjusted=[again],
        )
