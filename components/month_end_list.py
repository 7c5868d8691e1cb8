"""Month end of all clients: how far each is, what it comes to, what is missing where."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from components import month_states, state
from components.filters import address, asked, choose, not_found, one_of
from components.format import Format
from components.markup import command, element, escaped, paragraph, show
from components.month_end_approving import clients_in_words, draw_approve_several
from components.month_end_words import (
    STAGES,
    difference_in_words,
    missing_of,
    money_or_none,
    readers_writing,
    stage_cell,
)
from components.month_states import (
    ROWS,
    MonthKnown,
    MonthSeen,
    MonthsPage,
    MonthStage,
    MonthsTotal,
    Progress,
    StageCounts,
)
from components.persons import ClientRef, Person
from components.tables import Cell, Column, Link, TableRow, table

_PAGE: Final = re.compile(r"[1-9][0-9]{0,4}")
#: Sooner the worker has looked again.
_LATE: Final = timedelta(minutes=5)
_WORKER: Final = "python -m jobs worker"
_ALL: Final = ""
_COLUMNS: Final = (
    Column(title="Client"),
    Column(title="State", whole=True),
    Column(title="Before tax", number=True),
    Column(title="Month before", number=True),
    Column(title="Difference", number=True),
)
_ELSEWHERE: Final = (
    Column(title="Elsewhere", number=True),
    Column(title="Elsewhere less here", number=True),
)


def draw_month_list(person: Person, known: MonthKnown, now: datetime) -> None:
    """Draw the months of all clients that a person sees, page by page, filtered by how far."""
    stage = one_of(state.STAGE_PARAMETER, {each.value: each for each in MonthStage}, None)
    number = _page()
    page = month_states.page_of(person, known.month, now, stage, number)
    if not page.rows and number > 1:
        not_found()
    show(*_looked(page, now))
    _draw_stages(page.counts, stage)
    show(*_standing(page))
    draw_approve_several(person, page.approvable)
    show(_table(person, page) if page.rows else paragraph("No client is so far.", "mg-sentence"))
    months = page.counts.months
    _draw_pager(page.counts.total if stage is None else months.get(stage, 0), number)


def _page() -> int:
    text = asked(state.PAGE_PARAMETER)
    if text is None:
        return 1
    return int(text) if _PAGE.fullmatch(text) else not_found()


def _draw_stages(counts: StageCounts, chosen: MonthStage | None) -> None:
    """Draw the stages that there are, each with its number, to choose one."""
    words = {_ALL: f"All {counts.total}"}
    stages = [each for each in MonthStage if each in counts.months or each is chosen]
    words |= {each.value: f"{STAGES[each]} {counts.months.get(each, 0)}" for each in stages}
    st.session_state[state.STAGE_PICKER] = chosen.value if chosen else _ALL
    st.pills(
        "How far",
        list(words),
        format_func=lambda each: words.get(each, each),
        key=state.STAGE_PICKER,
        required=True,
        on_change=_picked,
        label_visibility="collapsed",
    )


def _picked() -> None:
    """Write the stage to the address; the month stays, the page begins anew."""
    _choose(stage=st.session_state[state.STAGE_PICKER] or None)


def _choose(*, stage: str | None, page: int = 1) -> None:
    choose(
        **{
            state.PERIOD_PARAMETER: st.query_params.get(state.PERIOD_PARAMETER),
            state.STAGE_PARAMETER: stage,
            state.PAGE_PARAMETER: str(page) if page > 1 else None,
        }
    )


def _looked(page: MonthsPage, now: datetime) -> Iterator[str]:
    """Say of how many clients this is and how fresh, and what to do if it is not."""
    writing, looked_at = readers_writing("EUR"), page.counts.looked_at
    clients, since = clients_in_words(page.counts.total), looked_at and writing.moment(looked_at)
    looked = f"looked up {since}" if since else ""
    words = filter(None, (clients, looked, f"amounts before tax · times in {writing.zone}"))
    yield paragraph(" · ".join(words), "mg-panel-unit")
    if looked_at and now - looked_at > _LATE:
        yield command(f"Nobody has looked since {since}. Is the worker running?", _WORKER)


def _standing(page: MonthsPage) -> Iterator[str]:
    if page.progress:
        yield _progress(page.progress)
    yield element("div", "".join(map(_total, page.totals)), "mg-below")


def _progress(progress: Progress) -> str:
    """Give the line that counts while the worker closes what was approved."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    words = escaped(f"The worker is closing: {progress.issued} of {progress.of_all} issued{failed}")
    done = progress.issued + progress.failed
    bar = f'<progress max="{progress.of_all}" value="{done}" aria-label="{words}"></progress>'
    return element("div", element("p", words, "mg-sentence") + bar, "mg-progress")


def _total(total: MonthsTotal) -> str:
    """Say what the months of a currency come to, and how that differs from the month before."""
    writing = readers_writing(total.currency)
    words = f"{writing.money(total.net)} of {clients_in_words(total.months)}"
    against = difference_in_words(total.compared_net, total.former_net, writing)
    if against:
        words += f", {against} against the month before where that is issued"
    return paragraph(words)


def _table(person: Person, page: MonthsPage) -> str:
    clients = {client.client_id: client for client in person.clients}
    elsewhere = any(row.legal_numbers for row in page.rows)
    columns = (*_COLUMNS, *(_ELSEWHERE if elsewhere else ()))
    rows = (_row(row, clients[row.client_id], elsewhere=elsewhere) for row in page.rows)
    return table("Clients and how far their month is", columns, rows, hidden=True, stacked=True)


def _row(seen: MonthSeen, client: ClientRef, *, elsewhere: bool) -> TableRow:
    writing = readers_writing(seen.currency)
    chosen = {
        state.CLIENT_PARAMETER: client.slug,
        state.PERIOD_PARAMETER: f"{seen.month:%Y-%m}",
    }
    cells: list[Cell] = [
        Link(text=client.name, address=address("month_end", **chosen)),
        stage_cell(seen, client.slug, writing),
        money_or_none(seen.net, writing),
        money_or_none(seen.former_net, writing),
        difference_in_words(seen.net, seen.former_net, writing),
    ]
    if elsewhere:
        cells += [
            money_or_none(seen.legal_net, writing),
            difference_in_words(seen.legal_net, seen.booked_net, writing),
        ]
    return TableRow(cells=cells, note=_parted(_notes(seen, client, writing)))


def _notes(seen: MonthSeen, client: ClientRef, writing: Format) -> Iterator[Cell]:
    if seen.stage is not MonthStage.ISSUED:
        if seen.fault and not _waits(seen):
            yield seen.fault
        yield from missing_of(seen, client.slug)
        if seen.approved_at and seen.approved_by:
            yield f"approved by {seen.approved_by} on {writing.moment(seen.approved_at)}"
        if seen.override_reason:
            yield f"in spite of it: {seen.override_reason}"
    if seen.adjusted_net is not None:
        yield f"adjustments of earlier months: {writing.money(seen.adjusted_net)}"
    if seen.legal_numbers:
        yield f"elsewhere {seen.legal_numbers}"


def _waits(seen: MonthSeen) -> bool:
    """Say whether an approved month waits for what is missing: that says more than the worker."""
    return seen.stage is MonthStage.APPROVED and bool(seen.matters)


def _parted(cells: Iterator[Cell]) -> tuple[Cell, ...]:
    """Put a mark between the notes of a row."""
    parted: list[Cell] = []
    for cell in cells:
        parted += ["·", cell] if parted else [cell]
    return tuple(parted)


def _draw_pager(months: int, number: int) -> None:
    pages = -(-months // ROWS)
    if pages <= 1:
        return
    stage = st.query_params.get(state.STAGE_PARAMETER)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, page, is_there in (
            ("Page before", number - 1, number > 1),
            ("Next page", number + 1, number < pages),
        ):
            given = {"stage": stage, "page": page}
            key = f"{state.PAGER}_{page}"
            st.button(label, key=key, on_click=_choose, kwargs=given, disabled=not is_there)
        show(paragraph(f"Page {number} of {pages}", "mg-panel-unit"))
