"""The list of issued documents: what each bills, what it comes to, and where it stands."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

import streamlit as st

from billing_core.period import BillingPeriod
from components import data, issued, state
from components.filters import asked, carried, choose, not_found
from components.format import Format
from components.heading import NO_CURRENCY
from components.invoice_words import kind_in_words, related, state_of, to_document
from components.issued import HeadPage, InvoiceHead, LegalNumber
from components.markup import heading, paragraph, show
from components.standing import agreement_in, grace_ends
from components.tables import Cell, Column, TableRow, table
from components.viewer import Viewer

_PLACE: Final = re.compile("[1-9][0-9]{0,17}")


def draw_invoice_list(viewer: Viewer, now: datetime) -> None:
    """Draw a page of documents, the latest first, and the ways to the others."""
    before = _place()
    page = issued.heads(viewer, before)
    if not page.rows and before is not None:
        not_found()
    addresses = (f"{name}={value}" for name, value in carried().items())
    about = ("invoices", str(before), now.date().isoformat(), *addresses)
    show(data.sheet(viewer, about, lambda: _sheet(viewer, page, now)))
    _draw_pager(page, paged=before is not None)


def _place() -> int | None:
    """Give the place in the address before which documents are wanted."""
    text = asked(state.BEFORE_PARAMETER)
    if text is None:
        return None
    return int(text) if _PLACE.fullmatch(text) else not_found()


def _sheet(viewer: Viewer, page: HeadPage, now: datetime) -> str:
    name = paragraph(viewer.client.name, "mg-panel-unit mg-below")
    return name + (_table(viewer, page) if page.rows else _nothing_yet(viewer, now))


def _table(viewer: Viewer, page: HeadPage) -> str:
    paid = viewer.sees_payment
    columns = [
        Column(title="Number", whole=True),
        Column(title="Kind", spare=True),
        Column(title="Issued", whole=True),
        Column(title="Due", whole=True, spare=True),
        Column(title="Before tax", number=True, spare=True),
        Column(title="Tax", number=True, spare=True),
        Column(title="Total with tax", number=True),
        Column(title="State"),
    ]
    if not paid:
        del columns[3]
    rows = [_row(each, page.titles[each.invoice_id], viewer) for each in page.rows]
    return table("Issued documents, the latest first", columns, rows, hidden=True)


def _row(head: InvoiceHead, title: str, viewer: Viewer) -> TableRow:
    writing = _writing(head, viewer)
    cells: list[Cell] = [
        to_document(head.number),
        kind_in_words(head),
        writing.day(head.issued_on),
        writing.day(head.due_on) if head.gross > 0 else "–",
        writing.money(head.net),
        writing.money(head.tax),
        writing.money(head.gross),
        state_of(head),
    ]
    if not viewer.sees_payment:
        del cells[3]
    return TableRow(cells=cells, note=tuple(_notes(head, title, writing)))


def _writing(head: InvoiceHead, viewer: Viewer) -> Format:
    client = viewer.client
    return Format(locale=client.locale, zone=client.zone, currency=head.currency)


def _notes(head: InvoiceHead, title: str, writing: Format) -> Iterator[Cell]:
    yield title
    for how, documents in related(head):
        yield f"· {how}"
        yield from documents
    for legal in head.legal:
        yield f"· {elsewhere_in_words(legal, head, writing)}"


def elsewhere_in_words(legal: LegalNumber, head: InvoiceHead, writing: Format) -> str:
    """Say what another system issued for the month, and whether it comes to the same."""
    theirs = Format(locale=writing.locale, zone=writing.zone, currency=legal.currency)
    total = theirs.money(legal.gross)
    issued_as = f"issued elsewhere as {legal.number} on {writing.day(legal.issued_on)}: {total}"
    if legal.currency != head.currency:
        return f"{issued_as}, in another currency"
    if not legal.difference:
        return f"{issued_as}, the same"
    more = "more" if legal.difference > 0 else "less"
    return f"{issued_as}, {writing.money(abs(legal.difference))} {more} than here"


def _nothing_yet(viewer: Viewer, now: datetime) -> str:
    periods = data.periods(viewer, now)
    writing = Format(locale=viewer.client.locale, zone=viewer.client.zone, currency=NO_CURRENCY)
    comes = _first_comes(viewer, periods, now, writing)
    if comes is None:
        words = "As soon as your provider closes a month, its invoice stands here."
    else:
        words = (
            f"The first invoice comes on {writing.day(comes)}, when the month’s late records are "
            "in. Until then the Overview shows what it comes to so far."
        )
    return heading("Nothing is issued yet") + paragraph(words, "mg-sentence mg-above")


def _first_comes(
    viewer: Viewer, periods: Sequence[BillingPeriod], now: datetime, writing: Format
) -> date | None:
    """Give the day on which the first month can be closed; None where it is past, or none runs."""
    first = periods[-1]
    agreement = agreement_in(data.agreements(viewer), first)
    if agreement is None:
        return None
    over = grace_ends(first, agreement.grace_hours)
    return writing.local(over).date() if over > now else None


def _draw_pager(page: HeadPage, *, paged: bool) -> None:
    older = str(page.rows[-1].position) if page.has_older else None
    ways = (("Newest", paged, None), ("Older", older is not None, older))
    with st.container(horizontal=True):
        for label, is_there, place in ways:
            if is_there:
                key = f"{state.PAGER}_{label}"
                st.button(label, key=key, on_click=choose, kwargs={state.BEFORE_PARAMETER: place})
