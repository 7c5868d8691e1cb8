"""October 2026 of a client whose agreement starts on the 11th, worked by hand.

21 of October's 31 days are served. The first invoice has the fees from the start to the end of the
month and those of November; quantities and amounts agreed for a month are for 21 of 31 days.

**Fixed**::

    base-platform   11 to 31 October    930.00 × 21 ÷ 31                              630.00
                    November            930.00                                        930.00
    m365-e3         11 to 31 October    13 × 12.50 × 21 ÷ 31 = 110.0806…              110.08
                    November            13 × 12.50                                    162.50

**Variable**

compute-hours, 640 used, 310 × 21 ÷ 31 = 210 included; the bound of 400 stays as it is::

    Base   up to 400    400 × 0.10                                                     40.00
    Growth above 400     30 × 0.08 + 30.00 = 32.40                                     32.40
                                                                                       72.40

data-out-gb, 12 before the 11th (not billed), 100.5 from then on::

    100.5 × 0.09 = 9.045                                                                9.05

onboarding, on the 11th (Order 0087, approved by M. Iyer)                             1,500.00

commitment, 620.00 × 21 ÷ 31 = 420.00; one-off charges and fees don't count::

    72.40 + 9.05 = 81.45;  420.00 - 81.45                                             338.55

**Net** 630.00 + 930.00 + 110.08 + 162.50 + 72.40 + 9.05 + 1,500.00 + 338.55        3,752.58
**VAT** 3,752.58 × 0.21 = 788.0418                                                    788.04
**Gross**                                                                           4,540.62

The second invoice has November's usage and December's fees; nothing of October.
"""

from datetime import date
from decimal import Decimal

from billing_core.invoicing import Invoice, build_invoice
from billing_core.prices import AgreementQuantity
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, event, meter, price, tier
from tests.scenarios.worked import VAT, amounts_of, details_of, metered, services_of, totals_of

STARTS = date(2026, 10, 11)
COMPUTE = meter(code="compute-hours", name="Compute", unit="h")
OUT = meter(code="data-out-gb", name="Data out")
HARBOUR = agreement(
    price("flat", code="base-platform", fee="930"),
    price("flat", code="m365-e3", fee="12.50", per_agreement_quantity=True),
    price(
        "graduated",
        code="compute-hours",
        meter="compute-hours",
        included_quantity="310",
        tiers=(tier("Base", "400", "0.10"), tier("Growth", None, "0.08", "30")),
    ),
    price("unit", code="data-out-gb", meter="data-out-gb", unit_price="0.09"),
    price(
        "one_off",
        code="onboarding",
        fee="1500",
        starts_on=STARTS,
        reference="Order 0087, approved by M. Iyer",
    ),
    starts_on=STARTS,
    quantities=(AgreementQuantity(price_code="m365-e3", starts_on=STARTS, quantity=Decimal(13)),),
    minimum_commitment=Decimal(620),
    tax_code="NL-21",
)


def october() -> Invoice:
    events = {
        COMPUTE: [event(1, "2026-10-12T08:00", "640")],
        OUT: [
            event(1, "2026-10-10T21:59:59.999999", "12"),  # the last instant of the 10th
            event(2, "2026-10-10T22:00", "100.5"),  # the first of the 11th
        ],
    }
    return build_invoice(
        agreement=HARBOUR,
        period=OCTOBER,
        usage=metered(HARBOUR, OCTOBER, events),
        as_of=OCTOBER.ends_at,
        tax_rates=[VAT],
    )


def test_the_first_invoice_has_the_days_from_the_start_and_the_month_after() -> None:
    assert services_of(october()) == [
        ("base-platform", "2026-10-11 to 2026-10-31", "630.00"),
        ("base-platform", "2026-11-01 to 2026-11-30", "930.00"),
        ("m365-e3", "2026-10-11 to 2026-10-31", "110.08"),
        ("m365-e3", "2026-11-01 to 2026-11-30", "162.50"),
        ("compute-hours", "2026-10-11 to 2026-10-31", "72.40"),
        ("data-out-gb", "2026-10-11 to 2026-10-31", "9.05"),
        ("onboarding", "2026-10-11 to 2026-10-11", "1500.00"),
        ("commitment-shortfall", "2026-10-11 to 2026-10-31", "338.55"),
    ]


def test_what_is_agreed_for_a_month_is_for_its_days_and_bounds_stay() -> None:
    lines = october().lines
    assert details_of(lines[4]) == [
        ("included", "210", "0", "0", "0.00"),
        ("usage", "400", "0.10", "0", "40.00"),
        ("usage", "30", "0.08", "30", "32.40"),
    ]
    assert [each.text for each in lines[-1].detailed_lines] == [
        "Minimum commitment of 620 × 21 ÷ 31 days"
    ]


def test_the_totals_of_the_first_invoice_are_those_worked_by_hand() -> None:
    invoice = october()
    assert invoice.title == "October usage and fee + November fee"
    assert totals_of(invoice) == ("3752.58", "788.04", "4540.62")


def test_a_one_off_charge_says_who_ordered_and_approved_it() -> None:
    onboarding = october().lines[6]
    assert onboarding.reference == "Order 0087, approved by M. Iyer"
    assert onboarding.detailed_lines[0].text == "One_Off (Order 0087, approved by M. Iyer)"


def test_the_second_invoice_charges_nothing_of_the_first_month_again() -> None:
    events = {COMPUTE: [event(1, "2026-11-02T08:00", "310")], OUT: []}
    november = build_invoice(
        agreement=HARBOUR,
        period=NOVEMBER,
        usage=metered(HARBOUR, NOVEMBER, events),
        as_of=NOVEMBER.ends_at,
    )
    assert amounts_of(november) == [
        ("base-platform", "930.00"),
        ("m365-e3", "162.50"),
        ("compute-hours", "0.00"),
        ("data-out-gb", "0.00"),
        ("commitment-shortfall", "620.00"),
    ]
