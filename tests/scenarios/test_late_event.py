"""A late event that crosses a tier in an issued month, and a second one a month later, by hand.

September 2026 of Harbour Freight is issued. New prices hold from October; September is built again
from its own rate card: 100 h included, then Base up to 500 at 0.0845, Growth up to 1,000 at 0.07
and 25.00, Burst at 0.055 and 150.00; calls in packages of 1,000 at 4.20, 5,000 free::

                                                              compute-hours    api-calls
    September as issued      HARB-2026-0009
      590.5 h                490.5  × 0.0845 = 41.44725               41.45
      5,400 calls            1 package                                               4.20

    recorded in October      HARB-2026-0010
      +20 h on the 28th      500    × 0.0845                          42.25
      610.5 h                 10.5  × 0.07  +  25.00 = 25.735         25.74
                                                                      67.99
                             less HARB-2026-0009                     -41.45
                             adjustment                               26.54
      +300 calls             1 package still: 4.20 - 4.20                            0.00

    recorded in November     HARB-2026-0011
      +500 h on the 3rd      500    × 0.0845                          42.25
      1,110.5 h              500    × 0.07  +  25.00                  60.00
                              10.5  × 0.055 + 150.00 = 150.5775      150.58
                                                                     252.83
                             less HARB-2026-0009                     -41.45
                             less HARB-2026-0010                     -26.54
                             adjustment                              184.84

41.45 + 26.54 + 184.84 = 252.83: what one bill with all three would have been.

The event of the 28th added 9.5 × 0.0845 + 10.5 × 0.07 + 25.00 = 26.53775 when it was priced in
October, all others 67.99 - 26.53775 = 41.45225.

October bills its own 120 h at its own prices: 20 × 0.09 = 1.80, and no call; November nothing.
"""

from datetime import date
from fractions import Fraction

from billing_core.adjustment_rows import adjusting_rows, line_now
from billing_core.explanation import completing_rows
from billing_core.invoicing import AdjustedPeriod, Invoice, build_invoice
from billing_core.metering import Measurement, Meter
from billing_core.period import month_period
from billing_core.prices import Agreement, Price
from tests.billing_core.made import (
    AMSTERDAM,
    NOVEMBER,
    OCTOBER,
    agreement,
    event,
    meter,
    price,
    tier,
)
from tests.scenarios.worked import adjusting, amounts_of, details_of, metered

SEPTEMBER = month_period("2026-09", AMSTERDAM)
COMPUTE = meter(code="compute-hours", name="Compute", unit="h")
CALLS = meter(code="api-calls", name="Calls", unit="calls")

ON_TIME = event(1, "2026-09-12T08:00", "590.5")
LATE = event(2, "2026-09-28T08:00", "20")
LATER = event(3, "2026-09-03T08:00", "500")
CALLED = event(4, "2026-09-05T08:00", "5400")
CALLED_LATE = event(5, "2026-09-30T21:00", "300")


def compute(base: str, **dates: date) -> Price:
    return price(
        "graduated",
        code="compute-hours",
        meter="compute-hours",
        included_quantity="100",
        tiers=(
            tier("Base", "500", base),
            tier("Growth", "1000", "0.07", "25"),
            tier("Burst", None, "0.055", "150"),
        ),
        **dates,
    )


def card(*versions: Price) -> Agreement:
    calls = {"code": "api-calls", "meter": "api-calls", "free_quantity": "5000"}
    return agreement(
        price("flat", code="base-platform", fee="100"),
        *versions,
        price("package", package_size="1000", package_price="4.20", **calls),
    )


#: The rate card stored with September, and the one in force since.
AS_OF_SEPTEMBER = card(compute("0.0845"))
CHANGED = card(
    compute("0.0845", ends_on=date(2026, 10, 1)), compute("0.09", starts_on=date(2026, 10, 1))
)


def september() -> Invoice:
    events = {COMPUTE: [ON_TIME], CALLS: [CALLED]}
    return build_invoice(
        agreement=AS_OF_SEPTEMBER,
        period=SEPTEMBER,
        usage=metered(AS_OF_SEPTEMBER, SEPTEMBER, events),
        as_of=SEPTEMBER.ends_at,
    )


def again(
    events: dict[Meter, list[Measurement]], documents: dict[str, Invoice], *touched: str
) -> AdjustedPeriod:
    return adjusting(AS_OF_SEPTEMBER, SEPTEMBER, events, documents, *touched)


def october() -> Invoice:
    known = {COMPUTE: [ON_TIME, LATE], CALLS: [CALLED, CALLED_LATE]}
    issued = {"HARB-2026-0009": september()}
    used = {COMPUTE: [event(6, "2026-10-05T08:00", "120")], CALLS: []}
    return build_invoice(
        agreement=CHANGED,
        period=OCTOBER,
        usage=metered(CHANGED, OCTOBER, used),
        as_of=OCTOBER.ends_at,
        adjusted=[again(known, issued, "compute-hours", "api-calls")],
    )


def november() -> Invoice:
    known = {COMPUTE: [ON_TIME, LATE, LATER], CALLS: [CALLED, CALLED_LATE]}
    issued = {"HARB-2026-0009": september(), "HARB-2026-0010": october()}
    return build_invoice(
        agreement=CHANGED,
        period=NOVEMBER,
        usage=metered(CHANGED, NOVEMBER, {COMPUTE: [], CALLS: []}),
        as_of=NOVEMBER.ends_at,
        adjusted=[again(known, issued, "compute-hours")],
    )


def test_the_issued_month_is_that_worked_by_hand() -> None:
    assert amounts_of(september()) == [
        ("base-platform", "100.00"),
        ("compute-hours", "41.45"),
        ("api-calls", "4.20"),
    ]


def test_a_late_event_is_billed_at_the_tier_of_its_own_month_and_its_own_prices() -> None:
    invoice = october()
    assert amounts_of(invoice) == [
        ("base-platform", "100.00"),
        ("compute-hours", "1.80"),
        ("api-calls", "0.00"),
        ("compute-hours", "26.54"),
        ("api-calls", "0.00"),
    ]
    assert str(invoice.net) == "128.34"
    assert invoice.title == "October usage + November fee + adjustments of September 2026"


def test_an_adjustment_is_the_line_now_less_what_was_billed_for_it() -> None:
    adjustment = october().lines[3]
    assert details_of(adjustment) == [
        ("recomputed", "1", "67.99", "0", "67.99"),
        ("billed_before", "1", "-41.45", "0", "-41.45"),
    ]
    assert [each.text for each in adjustment.detailed_lines] == [
        "September 2026 as it is known now",
        "Billed before: HARB-2026-0009",
    ]
    assert [(each.tier, str(each.amount)) for each in adjustment.recomputed] == [
        (None, "0.00"),
        ("Base", "42.25"),
        ("Growth", "25.74"),
    ]


def test_it_names_its_month_keeps_its_days_and_says_why() -> None:
    adjustment = october().lines[3]
    assert adjustment.adjusts == "2026-09"
    assert (adjustment.service_from, adjustment.service_to) == (
        date(2026, 9, 1),
        date(2026, 9, 30),
    )
    assert adjustment.reason == "Late or corrected records of September 2026"
    assert str(adjustment.quantity) == "610.5"


def test_a_late_event_that_changes_no_amount_has_its_line_all_the_same() -> None:
    nothing = october().lines[4]
    assert (nothing.price_code, nothing.adjusts) == ("api-calls", "2026-09")
    assert details_of(nothing) == [
        ("recomputed", "1", "4.20", "0", "4.20"),
        ("billed_before", "1", "-4.20", "0", "-4.20"),
    ]


def test_a_second_late_event_is_billed_less_all_that_was_billed_before() -> None:
    invoice = november()
    assert amounts_of(invoice)[-1] == ("compute-hours", "184.84")
    assert [line.adjusts for line in invoice.lines] == [None, None, None, "2026-09"]
    assert details_of(invoice.lines[-1]) == [
        ("recomputed", "1", "252.83", "0", "252.83"),
        ("billed_before", "1", "-41.45", "0", "-41.45"),
        ("billed_before", "1", "-26.54", "0", "-26.54"),
    ]


def test_what_the_late_event_added_and_the_rest_make_the_adjustment() -> None:
    rows = adjusting_rows(october().lines[3], Fraction("26.53775"))
    assert [(row.kind.value, row.amount) for row in rows] == [
        ("others", Fraction("41.45225")),
        ("billed_before", Fraction("-41.45")),
    ]
    assert Fraction("26.53775") + sum(row.amount for row in rows) == Fraction("26.54")


def test_the_line_as_it_is_known_now_is_explained_like_any_other() -> None:
    # All events of September added 42.25 + 25.735; rounded once per tier that is 67.99.
    now = line_now(october().lines[3])
    assert (str(now.amount), now.adjusts) == ("67.99", None)
    rows = completing_rows(now, Fraction("67.985"))
    assert [(row.kind.value, row.amount) for row in rows] == [
        ("included", Fraction(0)),
        ("rounding", Fraction("0.005")),
    ]
