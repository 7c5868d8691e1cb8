"""The rate card in plain words: each price with its tiers, its conditions and a worked example."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from billing_core.metering import Meter
from billing_core.prices import Agreement, Price, Tier
from billing_core.rating import DetailedLine, lower_bound
from billing_core.worked_example import worked_example
from components.detail_words import step_in_words
from components.explanation import (
    MODELS,
    conditions_in_words,
    entering_in_words,
    price_in_words,
    tier_name,
    what_is_counted,
)
from components.filters import address
from components.format import Format, plural
from components.markup import heading, paragraph, show
from components.tables import Cell, Column, Link, Noted, RowKind, TableRow, link, table

ACROSS = 2  #: prices in a row


def draw_rate_card(
    agreement: Agreement,
    meters: Mapping[str, Meter],
    day: date,
    writing: Format,
    only: str | None = None,
) -> None:
    """Draw every price of an agreement as it is on a day: fixed fees, then charges for use.

    Args:
        agreement: Whose prices they are.
        meters: By code.
        day: On which the prices are shown.
        writing: How the client writes.
        only: The code of the price that is asked for; None: all.
    """
    if only is not None:
        whole = Link(text="The whole agreement", address=address("agreement"))
        show(f'<p class="mg-sentence">{link(whole)}</p>')
        _draw_beside(_shown(agreement, only, meters, day), writing)
        return
    metered = agreement.metered_codes()
    fixed = tuple(code for code in agreement.codes() if code not in metered)
    shown = {code: _shown(agreement, code, meters, day) for code in agreement.codes()}
    if fixed:
        show(heading("Fixed fees and one-off charges"))
    short = [code for code in fixed if not shown[code].is_long]
    short = short[: len(short) - len(short) % ACROSS]
    for start in range(0, len(short), ACROSS):
        for place, code in zip(st.columns(ACROSS), short[start : start + ACROSS], strict=False):
            with place.container(border=True, height="stretch"):
                show(_rule(shown[code], writing), _example(shown[code], writing))
    for code in fixed:
        if code not in short:
            _draw_beside(shown[code], writing)
    if metered:
        show(heading("Charges for use"))
    for code in metered:
        _draw_beside(shown[code], writing)


def _draw_beside(shown: "_Shown", writing: Format) -> None:
    """Draw a price over the whole width, its example at the right."""
    with st.container(border=True):
        rule, example = st.columns(ACROSS, gap="large")
        with rule:
            show(_rule(shown, writing))
        with example:
            show(_example(shown, writing))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A price with what stands around it."""

    agreement: Agreement
    price: Price
    versions: tuple[Price, ...]
    meter: Meter | None
    day: date

    @property
    def unit(self) -> str:
        return self.meter.unit if self.meter else ""

    @property
    def is_long(self) -> bool:
        """Whether it has tables of its own, so that nothing as long stands beside it."""
        return self.price.per_agreement_quantity or len(self.versions) > 1


def _shown(agreement: Agreement, code: str, meters: Mapping[str, Meter], day: date) -> _Shown:
    versions = agreement.versions_of(code)
    price = agreement.price_at(code, day) or versions[-1]
    meter = meters.get(price.meter or "")
    return _Shown(agreement=agreement, price=price, versions=versions, meter=meter, day=day)


def _rule(shown: _Shown, writing: Format) -> str:
    price, meter = shown.price, shown.meter
    counted = f"{what_is_counted(meter)} · " if meter else ""
    entering = (entering_in_words(price, tier, writing) for tier in price.tiers[1:])
    return "".join(
        (
            heading(price.name, f"{counted}{MODELS[price.model]}", level=3),
            paragraph(price_in_words(price, shown.unit, writing), "mg-sentence mg-above"),
            *(paragraph(each) for each in conditions_in_words(price, shown.unit, writing)),
            _tiers(price, shown.unit, writing) if price.tiers else "",
            *(paragraph(words, "mg-panel-unit") for words in entering if words),
            _quantities(shown.agreement, price, writing),
            _versions(shown, writing) if len(shown.versions) > 1 else "",
        )
    )


def _tiers(price: Price, unit: str, writing: Format) -> str:
    fees = any(tier.flat_fee for tier in price.tiers)
    milestones = any(tier.milestone for tier in price.tiers)
    columns = [Column(title="Tier"), Column(title=f"Above, {plural(unit)}", number=True)]
    columns += [Column(title=f"Up to, {plural(unit)}", number=True)]
    columns += [Column(title=f"Price per {unit}", number=True)]
    columns += [Column(title="Fee on entering", number=True)] if fees else []
    columns += [Column(title="Milestone")] if milestones else []
    rows = [
        TableRow(cells=_tier(price, tier, writing, fees=fees, milestones=milestones))
        for tier in price.tiers
    ]
    after = ", after the included quantity" if price.included_quantity else ""
    return table(f"Tiers of {price.name}{after}", columns, rows, hidden=not after)


def _tier(price: Price, tier: Tier, writing: Format, *, fees: bool, milestones: bool) -> list[Cell]:
    name: Cell = tier.name
    if tier.burst:
        name = Noted(text=tier_name(tier.name, burst=True), classes="mg-warning")
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
    return table(f"Agreed quantities of {price.name}", columns, rows)


def _example(shown: _Shown, writing: Format) -> str:
    unit = shown.unit
    example = worked_example(shown.price, shown.agreement.currency)
    columns = (
        Column(title="Step"),
        Column(title="Quantity", number=True),
        Column(title="×\u00a0price", number=True),
        Column(title="+\u00a0fee", number=True),
        Column(title="=\u00a0amount", number=True),
    )
    rows = [
        TableRow(cells=_step(each, shown.price.name, writing)) for each in example.detailed_lines
    ]
    total = ("Before tax", "", "", "", writing.money(example.amount))
    quantity = writing.amount_of(example.quantity, unit)
    in_a_month = f": {quantity} in a whole month" if unit else ""
    caption = f"Worked example of {shown.price.name}{in_a_month}"
    return table(caption, columns, [*rows, TableRow(cells=total, kind=RowKind.TOTAL)])


def _step(line: DetailedLine, name: str, writing: Format) -> list[Cell]:
    return [
        step_in_words(line, name, writing),
        writing.number(line.quantity),
        writing.unit_price(line.unit_price),
        writing.unit_price(line.flat_fee) if line.flat_fee else "–",
        writing.money(line.amount),
    ]


def _versions(shown: _Shown, writing: Format) -> str:
    """Give the dates of a price's versions; coming ones are announced."""
    columns = (Column(title="In force"), Column(title="Price"), Column(title="State", whole=True))
    rows = [
        TableRow(
            cells=(
                _term(each, writing),
                version_in_words(each, shown.unit, writing),
                _state(each, shown),
            )
        )
        for each in shown.versions
    ]
    return table(f"Versions of {shown.price.name}", columns, rows)


def _term(price: Price, writing: Format) -> str:
    start = f"from {writing.day(price.starts_on)}"
    return f"{start} to before {writing.day(price.ends_on)}" if price.ends_on else start


def version_in_words(price: Price, unit: str, writing: Format) -> str:
    """Say what a version of a price charges: its sentence, or the price of each tier."""
    if not price.tiers:
        return price_in_words(price, unit, writing)
    prices = (f"{tier.name} {writing.unit_price(tier.unit_price)}" for tier in price.tiers)
    return ", ".join(prices)


def _state(price: Price, shown: _Shown) -> Cell:
    if price.starts_on > shown.day:
        return Noted(text="announced", classes="mg-strong-text")
    return "in force" if price.is_in_force(shown.day) else "past"
