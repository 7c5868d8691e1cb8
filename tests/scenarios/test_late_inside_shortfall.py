"""Late events inside a shortfall that was paid, worked by hand.

750.00 are committed a month; a GB costs 1.00. September 2026 is issued with 469.43 used::

                                    usage            shortfall        net
    HARB-2026-0009                  469.43           280.57         750.00
    +100 GB, recorded in October
      now                           569.43           180.57
      HARB-2026-0010                100.00          -100.00           0.00
    +250 GB, recorded in November
      now                           819.43             0.00
      HARB-2026-0011                250.00          -180.57          69.43

750.00 + 0.00 + 69.43 = 819.43: what one bill with all of them would have been. October and November
have no usage of their own, so each owes its whole commitment of 750.00.
"""

from decimal import Decimal

from billing_core.invoicing import Invoice, build_invoice
from billing_core.metering import Measurement
from billing_core.period import BillingPeriod, month_period
from tests.billing_core.made import AMSTERDAM, NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import adjusting, amounts_of, details_of, metered

SEPTEMBER = month_period("2026-09", AMSTERDAM)
GB = meter()
HARBOUR = agreement(price("unit", code="storage", unit_price="1"), minimum_commitment=Decimal(750))
ON_TIME = event(1, "2026-09-10T08:00", "469.43")
LATE = event(2, "2026-09-11T08:00", "100")
LATER = event(3, "2026-09-12T08:00", "250")


def built(
    period: BillingPeriod, used: list[Measurement], known: list[Measurement], **issued: Invoice
) -> Invoice:
    documents = {number.replace("_", "-"): invoice for number, invoice in issued.items()}
    again = adjusting(HARBOUR, SEPTEMBER, {GB: known}, documents, "gb")
    return build_invoice(
        agreement=HARBOUR,
        period=period,
        usage=metered(HARBOUR, period, {GB: used}),
        as_of=period.ends_at,
        adjusted=[again] if known else [],
    )


def september() -> Invoice:
    return built(SEPTEMBER, [ON_TIME], [])


def october() -> Invoice:
    return built(OCTOBER, [], [ON_TIME, LATE], HARB_2026_0009=september())


def november() -> Invoice:
    return built(
        NOVEMBER,
        [],
        [ON_TIME, LATE, LATER],
        HARB_2026_0009=september(),
        HARB_2026_0010=october(),
    )


def test_the_commitment_of_the_issued_month_was_paid() -> None:
    assert amounts_of(september()) == [
        ("storage", "469.43"),
        ("commitment-shortfall", "280.57"),
    ]


def test_a_late_event_inside_the_shortfall_charges_and_credits_the_same() -> None:
    assert amounts_of(october()) == [
        ("storage", "0.00"),
        ("commitment-shortfall", "750.00"),
        ("storage", "100.00"),
        ("commitment-shortfall", "-100.00"),
    ]
    shortfall = october().lines[-1]
    assert shortfall.reason == "Follows from the adjusted lines of September 2026"
    assert details_of(shortfall) == [
        ("recomputed", "1", "180.57", "0", "180.57"),
        ("billed_before", "1", "-280.57", "0", "-280.57"),
    ]
    assert details_of(shortfall)[0][2] == "180.57"
    assert [str(each.flat_fee) for each in shortfall.recomputed] == ["-569.43"]


def test_what_goes_beyond_the_commitment_is_charged() -> None:
    assert amounts_of(november())[-2:] == [
        ("storage", "250.00"),
        ("commitment-shortfall", "-180.57"),
    ]
    shortfall = november().lines[-1]
    assert details_of(shortfall) == [
        ("recomputed", "1", "0.00", "0", "0.00"),
        ("billed_before", "1", "-280.57", "0", "-280.57"),
        ("billed_before", "1", "100.00", "0", "100.00"),
    ]
    assert shortfall.recomputed == ()
