"""The rate card in plain words: each price with its tiers, its conditions and a worked example."""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from billing_core.metering import Meter
from billing_core.prices import Agreement, Price, Tier
from billing_core.rating import DetailedLine, lower_bound
from billing_core.worked_example import worked_example
from components.explanation import (
    MODELS,
    conditions_in_words,
    entering_in_words,
    price_in_words,
    what_is_counted,
)
from components.format import Format
from components.markup import heading, paragraph, show
from components.tables import Cell, Column, Noted, RowKind, TableRow, table


def draw_rate_card(
    agreement: Agreement, meters: Mapping[str, Meter], day: date, writing: Format
) -> None:
    """Draw every price of an agreement as it is on a day, metered ones after the fixed fees."""
    codes = agreement.codes()
    metered = set(agreement.metered_codes())
    for code in sorted(codes, key=lambda each: each in metered):
        versions = agreement.versions_of(code)
        price = agreement.price_at(code, day) or versions[-1]
        meter = meters.get(price.meter or "")
        with st.container(border=True):
            _draw_price(agreement, price, meter, writing)
            _draw_versions(versions, price, meter, day, writing)


def _draw_price(agreement: Agreement, price: Price, meter: Meter | None, writing: Format) -> None:
    unit = meter.unit if meter else ""
    counted = f"{what_is_counted(meter)} · " if meter else ""
    conditions = conditions_in_words(price, unit, writing)
    show(
        heading(price.name, f"{counted}{MODELS[price.model]}", level=2),
        paragraph(price_in_words(price, unit, writing), "mg-sentence mg-above"),
        *(paragraph(sentence) for sentence in conditions),
        _tiers(price, unit, writing) if price.tiers else "",
        *(
            paragraph(words, "mg-panel-unit")
            for tier in price.tiers[1:]
            if (words := entering_in_words(price, tier, writing))
        ),
        _quantities(agreement, price, writing),
        _example(price, unit, agreement.currency, writing),
    )


def _tiers(price: Price, unit: str, writing: Format) -> str:
    fees = any(tier.flat_fee for tier in price.tiers)
    milestones = any(tier.milestone for tier in price.tiers)
    columns = [Column(title="Tier"), Column(title=f"Above, {unit}", number=True)]
    columns += [Column(title=f"Up to, {unit}", number=True)]
    columns += [Column(title=f"Price per {unit}", number=True)]
    columns += [Column(title="Fee on entering", number=True)] if fees else []
    columns += [Column(title="Milestone")] if milestones else []
    rows = [
        TableRow(cells=_tier(price, tier, writing, fees=fees, milestones=milestones))
        for tier in price.tiers
    ]
    after = " after the included quantity" if price.included_quantity else ""
    return table(f"Tiers, counted{after}", columns, rows, hidden=not after)


def _tier(price: Price, tier: Tier, writing: Format, *, fees: bool, milestones: bool) -> list[Cell]:
    name: Cell = tier.name
    if tier.burst:
        name = Noted(text=f"{tier.name} (burst tier)", classes="mg-warning")
    cells: list[Cell] = [
        name,
        writing.number(lower_bound(price, tier)),
        writing.number(tier.up_to) if tier.up_to is not None else "no bound",
        writing.unit_price(tier.unit_price),
    ]
    if fees:
        cells.append(writing.unit_price(tier.flat_fee) if tier.flat_fee else "–")
    if milestones:
        cells.append(tier.milestone or "–")
    return cells


def _quantities(agreement: Agreement, price: Price, writing: Format) -> str:
    dated = sorted(
        (each for each in agreement.quantities if each.price_code == price.code),
        key=lambda each: each.starts_on,
    )
    if not price.per_agreement_quantity or not dated:
        return ""
    columns = (Column(title="From"), Column(title="Agreed quantity", number=True))
    rows = [
        TableRow(cells=(writing.day(each.starts_on), writing.number(each.quantity)))
        for each in dated
    ]
    return table("Agreed quantities and the days from which they hold", columns, rows)


def _example(price: Price, unit: str, currency: str, writing: Format) -> str:
    example = worked_example(price, currency)
    columns = (
        Column(title="Step"),
        Column(title="Quantity", number=True),
        Column(title="× unit price", number=True),
        Column(title="+ fee", number=True),
        Column(title="= amount", number=True),
    )
    rows = [TableRow(cells=_step(each, writing)) for each in example.detailed_lines]
    total = ("Before tax", "", "", "", writing.money(example.amount))
    quantity = f"{writing.number(example.quantity)} {unit}".strip()
    caption = f"Worked example: {quantity} in a whole month" if unit else "Worked example"
    return table(caption, columns, [*rows, TableRow(cells=total, kind=RowKind.TOTAL)])


def _step(line: DetailedLine, writing: Format) -> list[Cell]:
    return [
        line.text,
        writing.number(line.quantity),
        writing.unit_price(line.unit_price),
        writing.unit_price(line.flat_fee) if line.flat_fee else "–",
        writing.money(line.amount),
    ]


def _draw_versions(
    versions: Sequence[Price], shown: Price, meter: Meter | None, day: date, writing: Format
) -> None:
    """Draw the dates of a price's versions, where there are several; coming ones are announced."""
    if len(versions) == 1:
        return
    unit = meter.unit if meter else ""
    columns = (Column(title="In force"), Column(title="Price"), Column(title="State"))
    rows = [
        TableRow(
            cells=(
                _term(each, writing),
                _version_in_words(each, unit, writing),
                _state(each, shown, day),
            )
        )
        for each in versions
    ]
    show(table("Versions of this price", columns, rows))


def _term(price: Price, writing: Format) -> str:
    start = f"from {writing.day(price.starts_on)}"
    return f"{start} to before {writing.day(price.ends_on)}" if price.ends_on else start


def _version_in_words(price: Price, unit: str, writing: Format) -> str:
    if not price.tiers:
        return price_in_words(price, unit, writing)
    prices = (f"{tier.name} {writing.unit_price(tier.unit_price)}" for tier in price.tiers)
    return ", ".join(prices)


def _state(price: Price, shown: Price, day: date) -> Cell:
    if price.starts_on > day:
        return Noted(text="announced", classes="mg-strong-text")
    return "in force" if price is shown and price.is_in_force(day) else "past"
