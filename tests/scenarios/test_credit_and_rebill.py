"""A document credited in part, then in whole, and billed again, worked by hand.

October 2026, HARB-2026-0010::

    1  base-platform, November                         1,000.00
    2  storage                        240 × 0.50         120.00
    3  service credit, outage                            -15.00
    net 1,105.00 + VAT 232.05 = gross                  1,337.05

A dispute about the storage is settled with 20.00, HARB-2026-0011::

    2  storage                                           -20.00
    net -20.00 + VAT -4.20 = gross                       -24.20

100.00 remain of the line: 100.01 can't be credited. Then the price turns out to be wrong, 0.40 was
agreed. All that remains is credited, HARB-2026-0012::

    1  base-platform                                  -1,000.00
    2  storage                                          -100.00
    3  service credit                                     15.00
    net -1,085.00 + VAT -227.85 = gross               -1,312.85

so that nothing is left: 1,337.05 - 24.20 - 1,312.85 = 0. October is billed again, HARB-2026-0013::

    1  base-platform, November                         1,000.00
    2  storage                        240 × 0.40          96.00
    3  service credit, outage                            -15.00
    net 1,081.00 + VAT 227.01 = gross                  1,308.01

What November corrects of October is less what HARB-2026-0013 billed: +10 GB, 250 × 0.40 = 100.00
less 96.00 are 4.00.

**A credit note first, then a correction.** Of 120.00 for storage a credit note took 80.00 off; then
events are superseded and it comes to 50.00. 70.00 would be credited, but only 40.00 remain::

    storage now 50.00, less 120.00, 30.00 of it given back already                       -40.00

A late event of +14 GB (7.00) later still leaves it below that: 57.00 - 120.00 + 40.00 = -23.00, and
nothing remains. With +80 GB more it comes to 97.00, 17.00 above the 80.00 that stand billed
(120.00 - 40.00), and these are charged.
"""

from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import AdjustedPeriod, BilledAmount, Invoice, build_invoice
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import DocumentKind
from billing_core.metering import Measurement
from billing_core.prices import Agreement
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import (
    VAT,
    adjusting,
    amounts_of,
    details_of,
    document,
    metered,
    totals_of,
)

GB = meter()
USED = [event(1, "2026-10-12T08:00", "240")]
LATE = event(2, "2026-10-13T08:00", "10")
AGREED_LATER = NOVEMBER.starts_at


def card(unit_price: str) -> Agreement:
    outage = {"code": "outage", "name": "Service credit", "reason": "Outage of 3 October"}
    return agreement(
        price("flat", code="base-platform", fee="1000"),
        price("unit", code="storage", unit_price=unit_price),
        price("one_off", fee="-15", starts_on=OCTOBER.month, **outage),
        tax_code="NL-21",
    )


WRONG, RIGHT = card("0.50"), card("0.40")


def october(of: Agreement) -> Invoice:
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, {GB: USED}),
        as_of=OCTOBER.ends_at,
        tax_rates=[VAT],
    )


def credited(named: dict[int, Decimal] | None, before: dict[int, Decimal]) -> Invoice:
    return credit_note(
        document(october(WRONG)),
        credits=named,
        credited=before,
        reason="Storage was agreed at 0.40",
        as_of=AGREED_LATER,
        tax_rates=[VAT],
    )


def test_the_document_is_that_worked_by_hand() -> None:
    assert amounts_of(october(WRONG)) == [
        ("base-platform", "1000.00"),
        ("storage", "120.00"),
        ("outage", "-15.00"),
    ]
    assert totals_of(october(WRONG)) == ("1105.00", "232.05", "1337.05")


def test_a_part_of_a_line_is_credited_with_its_tax() -> None:
    note = credited({2: Decimal(20)}, {})
    (line,) = note.lines
    assert details_of(line) == [("credit", "1", "-20", "0", "-20.00")]
    assert line.detailed_lines[0].text == "Credit of line 2 of HARB-2026-0010"
    assert (line.number, line.credits_line, line.price_code) == (1, 2, "storage")
    assert line.reason == "Storage was agreed at 0.40"
    assert (line.service_from, line.service_to) == (OCTOBER.first_day, OCTOBER.last_day)
    assert totals_of(note) == ("-20.00", "-4.20", "-24.20")
    assert note.title == "Credit for October 2026"
    assert note.as_of == AGREED_LATER


def test_no_line_is_credited_beyond_what_remains_of_it() -> None:
    with pytest.raises(Faults) as raised:
        credited({2: Decimal("100.01")}, {2: Decimal(20)})
    (fault,) = raised.value.faults
    assert str(fault) == (
        "lines[2]: 100.01 is more than the 100.00 that remain of Unit on HARB-2026-0010"
    )
    assert totals_of(credited({2: Decimal(100)}, {2: Decimal(20)}))[0] == "-100.00"


def test_all_that_remains_brings_the_document_to_nothing() -> None:
    note = credited(None, {2: Decimal(20)})
    assert amounts_of(note) == [
        ("base-platform", "-1000.00"),
        ("storage", "-100.00"),
        ("outage", "15.00"),
    ]
    assert totals_of(note) == ("-1085.00", "-227.85", "-1312.85")
    kind = document(note, corrects="HARB-2026-0010", reason="Storage was agreed at 0.40").kind
    assert kind is DocumentKind.CREDIT_NOTE


def test_nothing_is_credited_twice() -> None:
    all_of_it = {1: Decimal(1000), 2: Decimal(120), 3: Decimal(-15)}
    with pytest.raises(Faults, match="name lines of HARB-2026-0010 of which something remains"):
        credited(None, all_of_it)


def test_the_month_is_billed_again_by_the_same_builder() -> None:
    again = october(RIGHT)
    assert amounts_of(again)[1] == ("storage", "96.00")
    assert totals_of(again) == ("1081.00", "227.01", "1308.01")
    assert document(again, "HARB-2026-0013", replaces="HARB-2026-0010").replaces


def test_what_comes_later_corrects_the_document_that_took_its_place() -> None:
    documents = {"HARB-2026-0013": october(RIGHT)}
    november = build_invoice(
        agreement=RIGHT,
        period=NOVEMBER,
        usage=metered(RIGHT, NOVEMBER, {GB: []}),
        as_of=NOVEMBER.ends_at,
        adjusted=[adjusting(RIGHT, OCTOBER, {GB: [*USED, LATE]}, documents, "gb")],
        tax_rates=[VAT],
    )
    assert amounts_of(november)[-1] == ("storage", "4.00")


def corrected(used: list[Measurement], *adjustments: str) -> list[tuple[str, str, str, str, str]]:
    """What is billed for October after a credit note of 80.00, and adjustments."""
    of = agreement(price("unit", code="storage", unit_price="0.50"))
    billed = (Decimal("120.00"), *map(Decimal, adjustments))
    again = AdjustedPeriod(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, {GB: used}),
        billed={
            "storage": tuple(
                BilledAmount(document=f"HARB-2026-{number:04}", amount=amount)
                for number, amount in enumerate(billed, start=10)
            )
        },
        touched=frozenset({"gb"}),
        credited={"storage": Decimal("80.00")},
    )
    (_, line) = build_invoice(
        agreement=of,
        period=NOVEMBER,
        usage=metered(of, NOVEMBER, {GB: []}),
        as_of=NOVEMBER.ends_at,
        adjusted=[again],
    ).lines
    return details_of(line)


def test_what_a_credit_note_gave_back_is_not_credited_again() -> None:
    assert corrected([event(1, "2026-10-12T08:00", "100")]) == [
        ("recomputed", "1", "50.00", "0", "50.00"),
        ("billed_before", "1", "-120.00", "0", "-120.00"),
        ("credit", "1", "30.00", "0", "30.00"),
    ]


def test_what_comes_after_is_charged_once_it_is_above_what_stands_billed() -> None:
    assert corrected([event(1, "2026-10-12T08:00", "114")], "-40.00")[-1] == (
        ("credit", "1", "23.00", "0", "23.00")
    )
    assert corrected([event(1, "2026-10-12T08:00", "194")], "-40.00") == [
        ("recomputed", "1", "97.00", "0", "97.00"),
        ("billed_before", "1", "-120.00", "0", "-120.00"),
        ("billed_before", "1", "40.00", "0", "40.00"),
    ]
