"""Tax, worked by hand: rounded once per rate, dated, reverse charge, and on what corrects.

**Rounded once per rate**, on the sum of its lines, half away from zero::

    three one-off charges of 0.35      1.05 × 0.21 =  0.2205     0.22   (each by itself: 3 × 0.07)
    a charge of 0.50                   0.50 × 0.21 =  0.105      0.11
    a credit of 0.50                  -0.50 × 0.21 = -0.105     -0.11

**The rate rises from 21 to 22 % on 1 January 2027**; the last day of service decides::

    November's document   base-platform, December                       200.00   21 %    42.00
                          support-year, December to November 2027     1,200.00   22 %   264.00
    December's            base-platform, January                        200.00   22 %    44.00
                          storage, December, 100 × 1.00                 100.00   21 %    21.00
                          net 300.00 + tax 65.00 = gross                365.00
    January's             base-platform, February                       200.00
                          storage, January, 50 × 1.00                    50.00
                                                                        250.00   22 %    55.00
                          storage, December, +10 recorded late           10.00   21 %     2.10
                          net 260.00 + tax 57.10 = gross                317.10

**Reverse charge**: nothing is added, and the document says why. A line may have a code of its own,
and one without a code bears no tax and stands in no tax line::

    storage        100.00   RC      0 %     0.00
    licences        30.00   NL-21  21 %     6.30
    net            130.00  + 6.30 =       136.30
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice, build_invoice
from billing_core.metering import Measurement
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, Interval, Price
from billing_core.taxes import TaxRate, TaxTreatment
from tests.billing_core.made import (
    AMSTERDAM,
    NOVEMBER,
    OCTOBER,
    agreement,
    event,
    faults_in,
    meter,
    price,
)
from tests.scenarios.worked import VAT, adjusting, amounts_of, document, metered, totals_of

DECEMBER = month_period("2026-12", AMSTERDAM)
JANUARY = month_period("2027-01", AMSTERDAM)
GB = meter()
NEW_YEAR = date(2027, 1, 1)
RATES = (
    replace(VAT, ends_on=NEW_YEAR),
    replace(VAT, name="VAT 22 %", rate=Decimal("0.22"), starts_on=NEW_YEAR),
)
REVERSED = TaxRate(
    code="RC",
    name="Reverse charge",
    treatment=TaxTreatment.REVERSE_CHARGE,
    rate=Decimal(0),
    starts_on=date(2010, 1, 1),
    note="VAT reverse charged, Article 196 of Directive 2006/112/EC",
)


def built(
    of: Agreement, period: BillingPeriod, used: list[Measurement], *rates: TaxRate
) -> Invoice:
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {GB: used}) if of.metered_codes() else {},
        as_of=period.ends_at,
        tax_rates=rates,
    )


def charges(*fees: str) -> Agreement:
    """One-off charges of October."""
    prices = [
        price("one_off", code=f"charge-{n}", fee=fee, starts_on=OCTOBER.month, reason="As agreed")
        for n, fee in enumerate(fees, start=1)
    ]
    return agreement(*prices, tax_code="NL-21")


@pytest.mark.parametrize(
    ("fees", "totals"),
    [
        (["0.35", "0.35", "0.35"], ("1.05", "0.22", "1.27")),
        (["0.50"], ("0.50", "0.11", "0.61")),
        (["-0.50"], ("-0.50", "-0.11", "-0.61")),
    ],
)
def test_tax_is_rounded_once_for_each_rate(fees: list[str], totals: tuple[str, str, str]) -> None:
    assert totals_of(built(charges(*fees), OCTOBER, [], VAT)) == totals


def harbour() -> Agreement:
    return agreement(
        price("flat", code="base-platform", fee="200"),
        price(
            "flat",
            code="support-year",
            fee="1200",
            interval=Interval.YEAR,
            anchor_month=12,
            starts_on=DECEMBER.month,
        ),
        price("unit", code="storage", unit_price="1"),
        tax_code="NL-21",
    )


ON_TIME = event(1, "2026-12-10T08:00", "100")


def december() -> Invoice:
    return built(harbour(), DECEMBER, [ON_TIME], *RATES)


def taxes_of(invoice: Invoice) -> list[tuple[str, str, str]]:
    return [(each.name, str(each.net), str(each.tax)) for each in invoice.taxes]


def test_a_line_is_taxed_at_the_rate_of_its_last_day_of_service() -> None:
    november = built(harbour(), NOVEMBER, [], *RATES)
    assert taxes_of(november) == [
        ("VAT 21 %", "200.00", "42.00"),
        ("VAT 22 %", "1200.00", "264.00"),
    ]
    assert amounts_of(december()) == [("base-platform", "200.00"), ("storage", "100.00")]
    assert taxes_of(december()) == [
        ("VAT 22 %", "200.00", "44.00"),
        ("VAT 21 %", "100.00", "21.00"),
    ]
    assert totals_of(december()) == ("300.00", "65.00", "365.00")


def test_an_adjustment_bears_the_rate_of_what_it_corrects() -> None:
    late = event(2, "2026-12-11T08:00", "10")
    again = adjusting(
        harbour(), DECEMBER, {GB: [ON_TIME, late]}, {"HARB-2027-0001": december()}, "gb"
    )
    invoice = build_invoice(
        agreement=harbour(),
        period=JANUARY,
        usage=metered(harbour(), JANUARY, {GB: [event(3, "2027-01-10T08:00", "50")]}),
        as_of=JANUARY.ends_at,
        adjusted=[again],
        tax_rates=RATES,
    )
    assert taxes_of(invoice) == [("VAT 22 %", "250.00", "55.00"), ("VAT 21 %", "10.00", "2.10")]
    assert totals_of(invoice) == ("260.00", "57.10", "317.10")


def licensed(**fields: str) -> Price:
    return price("one_off", code="licences", fee="30", starts_on=OCTOBER.month, **fields)


def test_reverse_charge_adds_nothing_and_says_why() -> None:
    of = agreement(
        price("unit", code="storage", unit_price="1"),
        licensed(tax_code="NL-21"),
        tax_code="RC",
    )
    invoice = built(of, OCTOBER, [event(1, "2026-10-10T08:00", "100")], VAT, REVERSED)
    assert taxes_of(invoice) == [
        ("Reverse charge", "100.00", "0.00"),
        ("VAT 21 %", "30.00", "6.30"),
    ]
    assert totals_of(invoice) == ("130.00", "6.30", "136.30")
    assert invoice.taxes[0].note == "VAT reverse charged, Article 196 of Directive 2006/112/EC"


def test_a_line_without_a_code_bears_no_tax() -> None:
    of = agreement(price("unit", code="storage", unit_price="1"), licensed(tax_code="NL-21"))
    invoice = built(of, OCTOBER, [event(1, "2026-10-10T08:00", "100")], VAT)
    assert taxes_of(invoice) == [("VAT 21 %", "30.00", "6.30")]
    assert totals_of(invoice) == ("130.00", "6.30", "136.30")


def test_the_shortfall_bears_the_agreements_tax() -> None:
    of = replace(harbour(), minimum_commitment=Decimal(150))
    shortfall = built(of, DECEMBER, [ON_TIME], *RATES).lines[-1]
    assert (shortfall.price_code, shortfall.tax_code) == ("commitment-shortfall", "NL-21")


def test_a_line_whose_rate_is_not_set_up_stops_the_invoice() -> None:
    with pytest.raises(LookupError, match="tax code NL-21 has no rate on 2026-10-01"):
        built(charges("1"), OCTOBER, [], REVERSED)


def test_a_draft_before_tax_is_no_document() -> None:
    draft = built(charges("1"), OCTOBER, [])
    assert totals_of(draft) == ("1.00", "0.00", "1.00")
    with pytest.raises(Faults) as raised:
        document(draft)
    assert faults_in(raised.value) == ["invoice.taxes"]
