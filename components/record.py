"""One record from its arrival to its charge, with what corrected it and the hash that fixes it."""

from collections.abc import Iterator
from fractions import Fraction

from billing_core.explanation import added
from billing_core.rating import tier_of
from components import state
from components.added import column_of
from components.arrival import lag_in_words
from components.crossings import passed_in_words
from components.data import Record, RecordDetail
from components.filters import address
from components.format import Format, plural
from components.markup import heading, panel, paragraph, row, show
from components.record_commands import commands_of
from components.record_notes import ADJUSTED_LATER, arrival_of, month_named, to_record
from components.standing import Draft, Standing, standings_of
from components.tables import Cell, Column, Link, Struck, TableRow, table

PLACES = 6  #: decimals of quantities


def draw_record(detail: RecordDetail, draft: Draft | None, writing: Format, slug: str) -> None:
    """Draw a record; its own words are shown as text.

    Args:
        detail: The record.
        draft: Of the month in which it occurred; None where no agreement runs.
        writing: How the client writes.
        slug: The client's, for the commands that correct the record; "" where the viewer has none.
    """
    show(
        '<div class="mg-sheet">',
        row(*_figures(detail, draft, writing)),
        panel(heading("Record", _state(detail.record, writing)), *_in_full(detail, writing)),
        *_corrections(detail, writing),
        *(panel(*commands_of(detail, slug)) for _ in range(bool(slug))),
        "</div>",
    )


def _figures(detail: RecordDetail, draft: Draft | None, writing: Format) -> Iterator[str]:
    """Give the way from arrival to charge as four figures side by side."""
    record, unit = detail.record, detail.meter.unit
    arrival = arrival_of(record)
    came = f"{lag_in_words(arrival, writing)}, {writing.moment(record.recorded_at)}"
    yield _figure("Occurred", writing.moment(record.occurred_at), f"arrived {came}")
    if record.counted_value is not None:
        yield _figure("Counted value", record.counted_value, record.resource)
    else:
        measured = "–" if record.withdraws else writing.amount_of(record.quantity, unit, PLACES)
        yield _figure(
            "Level" if detail.meter.aggregation.is_level else "Quantity", measured, record.resource
        )
    yield _running(detail, writing)
    yield _added(detail, draft, writing)


def _figure(label: str, value: str, below: str) -> str:
    return panel(
        paragraph(label, "mg-panel-unit"),
        paragraph(value, "mg-figure mg-breaks"),
        paragraph(below, "mg-panel-unit"),
    )


def _running(detail: RecordDetail, writing: Format) -> str:
    title, step = "Running quantity", detail.step
    if step is None:
        return _figure(title, "–", "not counted in its month")
    before, after = (writing.quantity(each, PLACES) for each in (step.before, step.after))
    return _figure(title, f"{after} {plural(detail.meter.unit)}", f"{before} before it")


def _added(detail: RecordDetail, draft: Draft | None, writing: Format) -> str:
    title, record = "Added to your bill", detail.record
    priced = _priced(detail, draft)
    if record.is_late and record.counts:
        month = month_named(record.billed_month, writing)
        return _figure(title, "–", f"billed with {month}; {ADJUSTED_LATER}")
    if detail.step is None or draft is None or not priced:
        return _figure(
            title, column_of([Fraction(0)], writing).cell(Fraction(0)).text, _why(record)
        )
    step = detail.step
    amounts = [
        added(
            draft.agreement,
            each.price.code,
            draft.period,
            step.before,
            step.after,
            record.occurred_at,
        )
        for each in priced
    ]
    column = column_of(amounts, writing)
    tiers = (tier_of(each.price, step.after) for each in priced)
    named = ", ".join(f"in {tier.name}" for tier in tiers if tier)
    return _figure(
        title, " + ".join(column.cell(each).text for each in amounts), named or "no tiers"
    )


def _why(record: Record) -> str:
    return "no price for this meter" if record.counts else "it counts nothing"


def _priced(detail: RecordDetail, draft: Draft | None) -> tuple[Standing, ...]:
    known = standings_of(draft) if draft else ()
    return tuple(each for each in known if each.meter.code == detail.meter.code)


def _state(record: Record, writing: Format) -> str:
    if record.is_withdrawn:
        return "withdrawn by a later record; it counts nothing"
    if record.superseded_by is not None:
        return "replaced by a later record; it counts nothing"
    if record.withdraws:
        return "withdraws another record; it counts nothing itself"
    if record.is_late:
        month = month_named(record.billed_month, writing)
        return f"late: its month was closed, it is billed with {month}"
    return "counts towards the charge"


def _in_full(detail: RecordDetail, writing: Format) -> Iterator[str]:
    record, meter = detail.record, detail.meter
    chosen = {state.PERIOD_PARAMETER: record.own_month, state.METER_PARAMETER: meter.code}
    day = {state.SHOW_PARAMETER: "records", state.DAY_PARAMETER: _day(record, writing)}
    beside = address("consumption", **chosen | day)
    rows: list[tuple[str, Cell]] = [
        ("Meter", Link(text=meter.name, address=address("consumption", **chosen))),
        ("Occurred", f"{writing.moment(record.occurred_at, seconds=True)} ({writing.zone})"),
        ("Arrived", f"{writing.moment(record.recorded_at, seconds=True)} ({writing.zone})"),
        ("Billed in", month_named(record.billed_month, writing)),
        ("Passed", passed_in_words(detail.crossings, writing)),
        ("Resource", record.resource),
        ("Quantity", f"{writing.number(record.quantity)} {plural(meter.unit)}"),
        ("Counted value", record.counted_value or ""),
        ("Source", record.source),
        ("Source’s id", record.source_event_id),
        ("Record id", str(record.event_id)),
        ("Reason", record.reason or ""),
        ("Fingerprint (SHA-256)", detail.leaf_hash.hex()),
        ("Beside it", Link(text="All records of this day", address=beside)),
    ]
    shown = [TableRow(cells=each) for each in rows if each[1] != ""]
    columns = (Column(title="Field", wide="12rem"), Column(title="Value", breaks=True))
    yield table("The record in full", columns, shown, hidden=True)
    yield paragraph(
        "The fingerprint is made from what the source said, and changes with any of it: who "
        "keeps it can see that the record is still the same.",
        "mg-panel-unit mg-above",
    )


def _day(record: Record, writing: Format) -> str:
    return writing.local(record.occurred_at).date().isoformat()


def _corrections(detail: RecordDetail, writing: Format) -> Iterator[str]:
    """Give the record and all that it replaced or that replaced it, in that order."""
    if len(detail.chain) == 1 and detail.missing is None:
        return
    counted = detail.chain[0].counted_value is not None
    columns = (
        Column(title="Record", whole=True),
        Column(title="Resource", breaks=True, spare=True),
        Column(title="Counted value" if counted else "Quantity", number=True),
        Column(title="Arrived", whole=True, spare=True),
        Column(title="Counts"),
    )
    rows = [_link_of_chain(each, detail, writing) for each in detail.chain]
    waiting = "The record that it corrects has not arrived; it will count nothing when it does."
    yield panel(
        heading("Corrections", "the first record, and what replaced it"),
        table("The record and its corrections", columns, rows, hidden=True),
        paragraph(waiting, "mg-panel-unit mg-above") if detail.missing else "",
    )


def _link_of_chain(record: Record, detail: RecordDetail, writing: Format) -> TableRow:
    occurred = writing.moment(record.occurred_at, seconds=True)
    is_this = record.event_id == detail.record.event_id
    measured = record.counted_value or writing.number(record.quantity)
    measured = "–" if record.withdraws else measured
    return TableRow(
        cells=[
            occurred if is_this else to_record(occurred, record.event_id),
            record.resource,
            measured if record.counts or record.withdraws else Struck(text=measured),
            writing.moment(record.recorded_at),
            f"{_counts(record)}{' (this record)' if is_this else ''}",
        ],
        note=(f"Why: {record.reason}",) if record.reason else (),
    )


def _counts(record: Record) -> str:
    if record.is_withdrawn:
        return "no: withdrawn"
    if record.superseded_by is not None:
        return "no: replaced"
    return "no: it only withdraws" if record.withdraws else "yes"
