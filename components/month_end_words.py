"""A client's month at its end, in words: how far it is, what is missing, how it differs."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import streamlit as st

from billing_core.difference import Difference, difference
from billing_core.period import month_after
from components import state
from components.filters import address
from components.format import Format
from components.month_states import MonthSeen, MonthStage
from components.open_sessions import browser_zone
from components.tables import Cell, Link, Noted

#: What a stage is called where it is picked and counted.
STAGES: Final = {
    MonthStage.RUNNING: "Running",
    MonthStage.GRACE: "In grace",
    MonthStage.NOT_READY: "Not ready",
    MonthStage.READY: "Ready",
    MonthStage.APPROVED: "Approved",
    MonthStage.CLOSING: "Closing",
    MonthStage.FAILED: "Failed",
    MonthStage.ISSUED: "Issued",
    MonthStage.COMPARED: "Compared only",
}
#: What may be missing: one of it, several of it.
_MATTERS: Final = {
    "silent_sources": ("1 source silent", "{} sources silent"),
    "refused_records": ("1 record refused", "{} records refused"),
    "unpriced_meters": ("1 meter without a price", "{} meters without a price"),
    "untaxed_codes": ("1 tax code without a rate", "{} tax codes without a rate"),
    "month_before": ("month before not issued", "{} months before not issued"),
}
_SMALLEST: Final = Fraction(1, 1000)  #: share that is written
_WARNED: Final = {MonthStage.NOT_READY: "mg-warning", MonthStage.FAILED: "mg-over"}


def readers_writing(currency: str) -> Format:
    """Give the reader's own way to write: amounts of many clients stand in one column."""
    return Format(locale=st.context.locale or "en-GB", zone=str(browser_zone()), currency=currency)


def stage_cell(seen: MonthSeen, slug: str, writing: Format) -> Cell:
    """Say how far a month is; what waits for somebody stands out, a document is a link."""
    if seen.stage is MonthStage.ISSUED and seen.number:
        name = "issued as" if seen.is_legal else "stated as"
        chosen = {state.CLIENT_PARAMETER: slug, state.INVOICE_PARAMETER: seen.number}
        return Link(text=f"{name} {seen.number}", address=address("invoices", **chosen))
    words = stage_in_words(seen, writing)
    classes = _WARNED.get(seen.stage)
    return Noted(text=words, classes=classes) if classes else words


def stage_in_words(seen: MonthSeen, writing: Format) -> str:
    """Say how far a month is."""
    if seen.stage is MonthStage.RUNNING:
        return f"running until {writing.moment(seen.ends_at)}"
    if seen.stage is MonthStage.GRACE:
        return f"in grace until {writing.moment(seen.grace_until)}"
    words = STAGES[seen.stage]
    return f"{words[:1].lower()}{words[1:]}"


def missing_of(seen: MonthSeen, slug: str) -> Iterator[Cell]:
    """Give what is missing of a month in a few words, each with the way to where it is mended."""
    order = {kind: place for place, kind in enumerate(_MATTERS)}
    for kind in sorted(seen.matters, key=lambda each: order.get(each, len(order))):
        words = matter_in_words(kind, seen.matters[kind])
        yield Link(text=words, address=way_to_mend(kind, seen.month, slug))


def way_to_mend(kind: str, month: date, slug: str) -> str:
    """Give the address at which what is missing of a month is seen, and mended or asked for."""
    client = {state.CLIENT_PARAMETER: slug}
    if kind == "month_before":
        before = f"{month_after(month, -1):%Y-%m}"
        return address("month_end", **client, **{state.PERIOD_PARAMETER: before})
    if kind in {"unpriced_meters", "untaxed_codes"}:
        return address("agreement", **client)
    quality = {
        state.PERIOD_PARAMETER: f"{month:%Y-%m}",
        state.SHOW_PARAMETER: state.SHOW_QUALITY,
    }
    return address("consumption", **client, **quality)


def matter_in_words(kind: str, count: int) -> str:
    """Say what is missing, and how much of it.

    >>> matter_in_words("silent_sources", 2), matter_in_words("unmapped_people", 1)
    ('2 sources silent', 'unmapped people: 1')
    """
    if kind not in _MATTERS:
        return f"{kind.replace('_', ' ')}: {count}"
    one, several = _MATTERS[kind]
    return one if count == 1 else several.format(count)


def money_or_none(amount: Decimal | None, writing: Format) -> str:
    """Write an amount; nothing where there is none."""
    return "" if amount is None else writing.money(amount)


def difference_in_words(now: Decimal | None, before: Decimal | None, writing: Format) -> str:
    """Write what an amount is more than another, and its share; nothing where one is missing.

    1,050.00 after 1,000.00 is ``+€ 50.00 (+5%)``.
    """
    if now is None or before is None:
        return ""
    found = difference(now, before)
    return signed_money(found, writing) + share_in_words(found, writing)


def signed_money(found: Difference, writing: Format) -> str:
    """Write a difference with its sign."""
    return f"{'+' if found.amount > 0 else ''}{writing.money(found.amount)}"


def share_in_words(found: Difference, writing: Format) -> str:
    """Write the share of a difference in brackets; nothing where there is none."""
    if found.share is None or not found.amount:
        return ""
    sign = "+" if found.share > 0 else ""
    if abs(found.share) < _SMALLEST:
        return f" (under {writing.share(_SMALLEST, 1)})"
    return f" ({sign}{writing.share(found.share, 1)})"
