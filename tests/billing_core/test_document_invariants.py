"""What holds for all documents of a month, however its events and ends came to be known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import lcm

from hypothesis import assume, given
from hypothesis import strategies as st

from billing_core.adjustment_rows import adjusting_rows, line_now
from billing_core.explanation import completing_rows
from billing_core.invoicing import (
    AdjustedPeriod,
    BilledAmount,
    Invoice,
    InvoiceLine,
    LineKind,
    build_invoice,
    rating_instants,
)
from billing_core.invoicing.credits import credit_note
from billing_core.metering import Measurement, MeterUsage, usage_of
from billing_core.money import round_amount
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, AgreementQuantity, Interval, Price
from billing_core.taxes import TaxRate, TaxTreatment
from tests.billing_core.made import AMSTERDAM, OCTOBER, agreement, event, meter, price
from tests.billing_core.test_invariants import MODELS, amounts, invariant, prices
from tests.scenarios.worked import billed_for, document

GB = meter()
LATER = [OCTOBER.next(), OCTOBER.next().next()]
hours = st.integers(0, 744)
used = st.decimals(min_value=-20, max_value=900, places=2)
#: Events with the document (0: October's own) that bills them.
events = st.lists(
    st.tuples(hours, used, st.sampled_from(["vm-1", "vm-2"]), st.integers(0, 2)), max_size=8
)


def known(drawn: list[tuple[int, Decimal, str, int]], billed_by: int) -> list[Measurement]:
    return [
        event(number, OCTOBER.starts_at + timedelta(hours=hour), str(quantity), resource)
        for number, (hour, quantity, resource, document_of) in enumerate(drawn, start=1)
        if document_of <= billed_by
    ]


def october_of(of: Agreement, counted: list[Measurement]) -> dict[str, MeterUsage]:
    instants = rating_instants(of, OCTOBER, OCTOBER.ends_at)
    return {"gb": usage_of(GB, OCTOBER, counted, {}, instants)}


def by_price(lines: Iterable[InvoiceLine]) -> dict[str, Decimal]:
    """Totals by price code; those of zero are left out."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.price_code] = sums.get(line.price_code, Decimal(0)) + line.amount
    return {code: amount for code, amount in sums.items() if amount}


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """A metered price, perhaps of two versions, and perhaps a commitment."""
    one = draw(prices(*MODELS, limited=draw(st.booleans())))
    if one.model.value == "unit" and draw(st.booleans()):
        one = replace(one, maximum_per_resource=draw(amounts))
    versions = [replace(one, code="x")]
    if one.model.value in {"unit", "graduated", "markup"} and draw(st.booleans()):
        changed = date(2026, 10, draw(st.integers(2, 31)))
        other = draw(prices("unit", "graduated", "markup"))
        versions = [
            replace(one, code="x", ends_on=changed),
            replace(other, code="x", starts_on=changed),
        ]
    starts = draw(st.sampled_from([date(2026, 1, 1), date(2026, 10, 1), date(2026, 10, 12)]))
    assume(starts.day == 1 or len(versions) == 1)
    return agreement(
        *versions,
        price("flat", fee="40", counts_toward_commitment=True),
        price("one_off", fee="25", starts_on=date(2026, 10, 20), counts_toward_commitment=True),
        starts_on=starts,
        minimum_commitment=draw(st.none() | amounts),
    )


def original_of(of: Agreement, counted: list[Measurement]) -> Invoice:
    return build_invoice(
        agreement=of, period=OCTOBER, usage=october_of(of, counted), as_of=OCTOBER.ends_at
    )


def adjusted_on(
    of: Agreement, period: BillingPeriod, counted: list[Measurement], issued: dict[str, Invoice]
) -> Invoice:
    """A document of a month that has nothing of its own."""
    again = AdjustedPeriod(
        agreement=of,
        period=OCTOBER,
        usage=october_of(of, counted),
        billed=billed_for(OCTOBER, issued),
        touched=frozenset({"gb"}),
    )
    return build_invoice(
        agreement=agreement(), period=period, usage={}, as_of=period.ends_at, adjusted=[again]
    )


@invariant
@given(agreements(), events)
def test_adjusting_after_any_split_of_the_events_comes_to_the_same_as_one_bill(
    of: Agreement, drawn: list[tuple[int, Decimal, str, int]]
) -> None:
    issued = {"N-0": original_of(of, known(drawn, 0))}
    for place, period in enumerate(LATER, start=1):
        issued[f"N-{place}"] = adjusted_on(of, period, known(drawn, place), issued)
    lines = [
        line
        for invoice in issued.values()
        for line in invoice.lines
        if line.kind is LineKind.VARIABLE
    ]
    at_once = original_of(of, known(drawn, 2)).lines
    assert by_price(lines) == by_price(line for line in at_once if line.kind is LineKind.VARIABLE)


@invariant
@given(agreements(), events, st.fractions(min_value=-900, max_value=900))
def test_any_column_and_its_rows_make_an_adjustment_and_the_line_behind_it(
    of: Agreement, drawn: list[tuple[int, Decimal, str, int]], total: Fraction
) -> None:
    issued = {"N-0": original_of(of, known(drawn, 0))}
    for line in adjusted_on(of, LATER[0], known(drawn, 2), issued).lines:
        rows = adjusting_rows(line, total)
        assert total + sum(row.amount for row in rows) == line.amount
        now = line_now(line)
        assert total + sum(row.amount for row in completing_rows(now, total)) == now.amount


@invariant
@given(agreements(), events, st.integers(0, 5000))
def test_an_adjustment_never_credits_what_credit_notes_gave_back(
    of: Agreement, drawn: list[tuple[int, Decimal, str, int]], cents: int
) -> None:
    before = original_of(of, known(drawn, 0))
    billed = next(line.amount for line in before.lines if line.meter)
    given_back = min(Decimal(cents) / 100, max(billed, Decimal(0)))
    again = AdjustedPeriod(
        agreement=of,
        period=OCTOBER,
        usage=october_of(of, known(drawn, 2)),
        billed={"x": (BilledAmount(document="N-0", amount=billed),)},
        touched=frozenset({"gb"}),
        credited={"x": given_back},
    )
    line = build_invoice(
        agreement=agreement(), period=LATER[0], usage={}, as_of=LATER[0].ends_at, adjusted=[again]
    ).lines[0]
    now = line_now(line).amount
    if line.amount < 0:
        assert billed - given_back + line.amount >= min(now, Decimal(0))
    else:
        assert line.amount == max(now - billed, Decimal(0))


minor = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents) / 100)
shares = st.integers(0, 10_000).map(lambda points: Decimal(points) / 10_000)


def charged(amounts_of: list[Decimal], share: Decimal) -> tuple[Invoice, list[TaxRate]]:
    """A document of one-off charges, every other of them taxed."""
    charges = [
        price(
            "one_off",
            code=f"charge-{place}",
            fee=str(amount),
            starts_on=OCTOBER.month,
            tax_code="T" if place % 2 else "",
            reason="As agreed",
        )
        for place, amount in enumerate(amounts_of)
    ]
    rates = [
        TaxRate(
            code="T",
            name="Tax",
            treatment=TaxTreatment.STANDARD,
            rate=share,
            starts_on=date(2020, 1, 1),
        )
    ]
    invoice = build_invoice(
        agreement=agreement(*charges),
        period=OCTOBER,
        usage={},
        as_of=OCTOBER.ends_at,
        tax_rates=rates,
    )
    return invoice, rates


@invariant
@given(st.lists(minor, min_size=1, max_size=8), shares)
def test_net_and_tax_are_gross_and_tax_is_on_the_sum(
    amounts_of: list[Decimal], share: Decimal
) -> None:
    invoice, _ = charged(amounts_of, share)
    taxed = sum((Fraction(each) for each in amounts_of[1::2]), Fraction(0))
    assert invoice.net == sum(amounts_of)
    assert invoice.tax == round_amount(taxed * Fraction(share), "EUR")
    assert invoice.net + invoice.tax == invoice.gross


@invariant
@given(
    st.lists(minor, min_size=1, max_size=5),
    shares,
    st.lists(st.dictionaries(st.integers(1, 5), st.integers(1, 60_000)), max_size=4),
)
def test_credits_never_go_beyond_a_line_and_the_rest_brings_it_to_nothing(
    amounts_of: list[Decimal], share: Decimal, wishes: list[dict[int, int]]
) -> None:
    invoice, rates = charged(amounts_of, share)
    original = document(invoice)
    credited: dict[int, Decimal] = {}
    for wish in wishes:
        possible = {
            line.number: min(Decimal(wish[line.number]) / 100, left)
            for line in invoice.lines
            if line.number in wish and (left := line.amount - credited.get(line.number, 0)) > 0
        }
        if possible:
            note = credit_note(
                original,
                credits=possible,
                credited=credited,
                reason="Dispute",
                as_of=OCTOBER.ends_at,
                tax_rates=rates,
            )
            credited = taken_off(credited, note)
            assert all(
                credited[line.number] <= line.amount
                for line in invoice.lines
                if line.number in credited
            )
    if any(
        line.number not in credited or credited[line.number] != line.amount
        for line in invoice.lines
    ):
        rest = credit_note(
            original,
            credits=None,
            credited=credited,
            reason="Wrong",
            as_of=OCTOBER.ends_at,
            tax_rates=rates,
        )
        credited = taken_off(credited, rest)
    assert credited == {line.number: line.amount for line in invoice.lines}


def taken_off(credited: dict[int, Decimal], note: Invoice) -> dict[int, Decimal]:
    sums = dict(credited)
    for line in note.lines:
        assert line.credits_line is not None
        sums[line.credits_line] = sums.get(line.credits_line, Decimal(0)) - line.amount
    return sums


#: A fee that every day of every interval divides without a rest.
EVEN = str(lcm(28, 29, 30, 31, 89, 90, 91, 92, 365, 366))
days_of_2027 = st.integers(0, 364).map(lambda count: date(2027, 1, 1) + timedelta(days=count))
intervals = st.sampled_from(list(Interval))


@st.composite
def fees(draw: st.DrawFn) -> tuple[Price, ...]:
    """A fee per seat, perhaps of two versions with different intervals and anchors."""

    def version(**dates: date) -> Price:
        return price(
            "flat",
            code="seats",
            fee=EVEN,
            interval=draw(intervals),
            anchor_month=draw(st.integers(1, 12)),
            per_agreement_quantity=True,
            **dates,
        )

    changed = draw(st.none() | days_of_2027)
    if changed is None:
        return (version(),)
    return (version(ends_on=changed), version(starts_on=changed))


@invariant
@given(fees(), days_of_2027, days_of_2027, st.dictionaries(days_of_2027, st.integers(0, 9)))
def test_an_end_learnt_later_costs_what_an_end_known_before_would(
    versions: tuple[Price, ...], starts: date, ends: date, seats: dict[date, int]
) -> None:
    assume(starts < ends)
    of = agreement(
        *versions,
        starts_on=starts,
        quantities=tuple(
            AgreementQuantity(price_code="seats", starts_on=day, quantity=Decimal(count))
            for day, count in {date(2026, 1, 1): 3, **seats}.items()
        ),
    )
    ended = replace(of, ends_on=ends)
    last = month_period(f"{ends - timedelta(days=1):%Y-%m}", AMSTERDAM)
    learnt: list[InvoiceLine] = []
    foreseen: list[InvoiceLine] = []
    period = month_period(f"{starts:%Y-%m}", AMSTERDAM)
    while period.month <= last.month:
        known_then = ended if period == last else of
        learnt += build_invoice(
            agreement=known_then,
            period=period,
            usage={},
            as_of=period.ends_at,
            billed_fees=tuple(learnt),
        ).lines
        foreseen += build_invoice(
            agreement=ended, period=period, usage={}, as_of=period.ends_at
        ).lines
        period = period.next()
    assert by_price(learnt) == by_price(foreseen)
    after = build_invoice(
        agreement=ended, period=period, usage={}, as_of=period.ends_at, billed_fees=tuple(learnt)
    )
    assert after.lines == ()
