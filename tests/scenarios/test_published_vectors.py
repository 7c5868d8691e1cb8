"""Amounts that billing systems publish, of whole invoices: changes, ends, commitments, credits.

The vectors stand beside the project and are read from there; `our_rule` says what our rules make of
each. Rating by itself is held against them by the tests of `jobs quote`.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.invoicing.credits import credit_note
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, Interval
from tests.billing_core.made import AMSTERDAM, OCTOBER, agreement, price, usage
from tests.scenarios.worked import document

CURRENCIES = {0: "JPY", 2: "EUR"}
JUNE = month_period("2026-06", AMSTERDAM)
JANUARY = month_period("2026-01", AMSTERDAM)

Vector = dict[str, Any]


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[Vector]:
    path = shared / "vectors" / "rating_vectors.json"
    found: list[Vector] = json.loads(path.read_text(encoding="utf-8"))
    return [each for each in found if each["our_rule"]["agrees"]]


def of_model(vectors: list[Vector], model: str) -> Iterator[tuple[Vector, Decimal]]:
    for each in vectors:
        if each["model"] == model:
            yield each["params"], Decimal(each["our_rule"]["amount"])


def built(of: Agreement, period: BillingPeriod, *billed: InvoiceLine) -> Invoice:
    return build_invoice(
        agreement=of, period=period, usage={}, as_of=period.ends_at, billed_fees=billed
    )


def test_a_change_in_mid_month_costs_what_others_publish(vectors: list[Vector]) -> None:
    # June has 30 days, as the published periods do.
    found = list(of_model(vectors, "proration_swap"))
    for params, amount in found:
        change = JUNE.last_day + timedelta(days=1 - int(params["days"]))
        of = agreement(
            price("flat", fee=params["old"], ends_on=change),
            price("flat", fee=params["new"], starts_on=change),
        )
        lines = built(of, JUNE).lines
        changed = [line.amount for line in lines if line.service_from <= JUNE.last_day]
        assert sum(changed, Decimal(0)) == amount
    assert len(found) == 3


def test_the_unused_part_of_a_year_is_what_others_publish(vectors: list[Vector]) -> None:
    found = [each for each in of_model(vectors, "proration_days") if each[0]["days"] == "184"]
    for params, amount in found:
        of = agreement(price("flat", fee=params["amount"], interval=Interval.YEAR))
        (year,) = built(of, JANUARY).lines
        ended = replace(of, ends_on=JUNE.next().month)  # 184 of 365 days are left
        (line,) = built(ended, JUNE, year).lines
        assert line.amount == -amount
    assert len(found) == 1


def test_a_commitment_is_made_up_as_others_publish(vectors: list[Vector]) -> None:
    found = [each for each in vectors if each["model"] == "minimum_commitment"]
    for each in found:
        params = each["params"]
        of = agreement(
            price("unit", unit_price="1"),
            currency=CURRENCIES[params.get("places", 2)],
            minimum_commitment=Decimal(params["minimum"]),
        )
        invoice = build_invoice(
            agreement=of,
            period=OCTOBER,
            usage=usage(of, each["quantity"]),
            as_of=OCTOBER.ends_at,
        )
        assert invoice.lines[-1].amount == Decimal(each["our_rule"]["amount"])
    assert len(found) == 3


def test_rounded_lines_are_added_as_others_publish(vectors: list[Vector]) -> None:
    found = [each for each in vectors if each["model"] == "sum_of_rounded_lines"]
    for each in found:
        charges = (
            price("one_off", code=f"charge-{n}", fee=amount, starts_on=OCTOBER.month)
            for n, amount in enumerate(each["quantity"])
        )
        of = agreement(*charges, currency=CURRENCIES[each["params"]["places"]])
        assert built(of, OCTOBER).net == Decimal(each["our_rule"]["amount"])
    assert len(found) == 3


def test_what_others_cap_is_the_most_that_can_be_credited(vectors: list[Vector]) -> None:
    found = [each for each in vectors if each["model"] == "credit_cap"]
    for each in found:
        params, most = each["params"], Decimal(each["our_rule"]["amount"])
        of = agreement(price("one_off", fee=params["original"], starts_on=OCTOBER.month))
        before = {1: Decimal(params["previous_credits"])}
        for amount in {Decimal(each["quantity"]), most}:
            if amount == most > 0:
                assert credited(of, amount, before).net == -most
            else:
                with pytest.raises(Faults):
                    credited(of, amount, before)
    assert len(found) == 4


def credited(of: Agreement, amount: Decimal, before: dict[int, Decimal]) -> Invoice:
    return credit_note(
        document(built(of, OCTOBER)),
        credits={1: amount},
        credited=before,
        reason="As published",
        as_of=OCTOBER.ends_at,
        tax_rates=[],
    )
