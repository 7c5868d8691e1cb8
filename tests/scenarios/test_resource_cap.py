"""A maximum per resource, worked by hand: in a whole month, in a part of one, and late.

Backup at 0.35 a GB, at most 60.00 a volume::

    October as issued
      vol-1 200, vol-2 100           300 × 0.35                           105.00
      vol-1 above: 60.00 - 70.00                                          -10.00     95.00

    +50 on vol-1, recorded in November: nothing, it is at its maximum already
      350 × 0.35 = 122.50; 60.00 - 87.50 = -27.50                                    95.00
      less HARB-2026-0010                                                           -95.00
                                                                                      0.00

    +100 on vol-2, recorded in December: it reaches its maximum, too
      450 × 0.35 = 157.50; 2 × 60.00 - (87.50 + 70.00)      = -37.50                120.00
      less HARB-2026-0010 and HARB-2026-0011                                        -95.00
                                                                                     25.00

An agreement from 11 October has 21 of 31 days: 60.00 × 21 ÷ 31 = 40.645…, so 40.65 a volume::

      vol-1 200, vol-2 100           300 × 0.35                           105.00
      vol-1 above: 40.65 - 70.00                                          -29.35     75.65
"""

from datetime import date

from billing_core.invoicing import Invoice, build_invoice
from billing_core.metering import Measurement
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import adjusting, amounts_of, details_of, metered

STORAGE = meter(code="backup-storage", name="Backup storage")
CAPPED = price(
    "unit",
    code="backup-storage",
    meter="backup-storage",
    unit_price="0.35",
    maximum_per_resource="60",
)
HARBOUR = agreement(CAPPED)
DECEMBER = NOVEMBER.next()

STORED = [
    event(1, "2026-10-12T08:00", "200", "vol-1"),
    event(2, "2026-10-12T08:00", "100", "vol-2"),
]
LATE = event(3, "2026-10-12T08:00", "50", "vol-1")
LATER = event(4, "2026-10-13T08:00", "100", "vol-2")


def built(
    period: BillingPeriod,
    used: list[Measurement],
    of: Agreement = HARBOUR,
    known: list[Measurement] | None = None,
    documents: dict[str, Invoice] | None = None,
) -> Invoice:
    again = [
        adjusting(of, OCTOBER, {STORAGE: known}, documents or {}, "backup-storage")
        for known in [known]
        if known
    ]
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {STORAGE: used}),
        as_of=period.ends_at,
        adjusted=again,
    )


def history() -> dict[str, Invoice]:
    documents = {"HARB-2026-0010": built(OCTOBER, STORED)}
    late = built(NOVEMBER, [], known=[*STORED, LATE], documents=documents)
    documents["HARB-2026-0011"] = late
    later = built(DECEMBER, [], known=[*STORED, LATE, LATER], documents=documents)
    return {**documents, "HARB-2026-0012": later}


def test_a_resource_above_its_maximum_is_brought_down_to_it() -> None:
    (line,) = history()["HARB-2026-0010"].lines
    assert details_of(line) == [
        ("usage", "300", "0.35", "0", "105.00"),
        ("maximum", "1", "60.00", "-70.00", "-10.00"),
    ]


def test_late_usage_of_a_capped_resource_costs_nothing_and_of_another_up_to_its_own() -> None:
    late, later = history()["HARB-2026-0011"], history()["HARB-2026-0012"]
    assert amounts_of(late)[-1] == ("backup-storage", "0.00")
    assert amounts_of(later)[-1] == ("backup-storage", "25.00")
    assert [
        (each.kind.value, str(each.flat_fee), str(each.amount))
        for each in later.lines[-1].recomputed
    ] == [("usage", "0", "157.50"), ("maximum", "-157.50", "-37.50")]


def test_in_a_part_month_the_maximum_is_for_its_days() -> None:
    started = agreement(CAPPED, starts_on=date(2026, 10, 11))
    (line,) = built(OCTOBER, STORED, started).lines
    assert details_of(line) == [
        ("usage", "300", "0.35", "0", "105.00"),
        ("maximum", "1", "40.65", "-70.00", "-29.35"),
    ]
    assert line.detailed_lines[-1].text == ("Maximum per resource of 60 × 21 ÷ 31 days: 1 above it")
