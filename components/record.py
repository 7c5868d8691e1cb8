"""One record in full: what was measured, when it came, and the hash that fixes it."""

from datetime import date

from components import state
from components.data import RecordDetail
from components.filters import address
from components.format import Format, capitalised, plural
from components.markup import heading, paragraph, show
from components.tables import Cell, Column, Link, TableRow, table


def draw_record(detail: RecordDetail, writing: Format) -> None:
    """Draw a record; its own words are shown as text."""
    record, meter = detail.record, detail.meter
    chosen = {state.PERIOD_PARAMETER: detail.month, state.METER_PARAMETER: meter.code}
    day = {state.SHOW_PARAMETER: "records", state.DAY_PARAMETER: _day(detail, writing)}
    measured = "Level" if meter.aggregation.is_level else "Quantity"
    rows: list[tuple[str, Cell]] = [
        ("Meter", Link(text=meter.name, address=address("consumption", **chosen))),
        ("Occurred", f"{writing.moment(record.occurred_at, seconds=True)} ({writing.zone})"),
        ("Recorded", f"{writing.moment(record.recorded_at, seconds=True)} ({writing.zone})"),
        ("Billed in", capitalised(writing.month(date.fromisoformat(f"{detail.month}-01")))),
        ("Resource", record.resource),
        (measured, f"{writing.number(record.quantity)} {plural(meter.unit)}"),
        ("Counted value", record.counted_value or ""),
        ("Source", record.source),
        ("Source’s id", record.source_event_id),
        ("Record id", str(record.event_id)),
        ("Replaces", _event(record.supersedes)),
        ("Reason", record.reason or ""),
        ("Replaced by", _event(detail.superseded_by)),
        ("Fingerprint (SHA-256)", detail.leaf_hash.hex()),
    ]
    shown = [TableRow(cells=row) for row in rows if row[1] != ""]
    columns = (Column(title="Field", wide="12rem"), Column(title="Value", breaks=True))
    show(
        heading("Record", _state(detail)),
        table("The record in full", columns, shown, hidden=True),
        paragraph(
            "The fingerprint is made from what the source said, and changes with any of it: who "
            "keeps it can see that the record is still the same.",
            "mg-panel-unit mg-above",
        ),
        table("Ways on", (Column(title="Ways on"),), _ways(chosen | day), hidden=True),
    )


def _ways(chosen: dict[str, str]) -> list[TableRow]:
    to = Link(text="All records of this day", address=address("consumption", **chosen))
    return [TableRow(cells=(to,))]


def _day(detail: RecordDetail, writing: Format) -> str:
    return writing.local(detail.record.occurred_at).date().isoformat()


def _state(detail: RecordDetail) -> str:
    if detail.superseded_by is not None:
        return "replaced by a later record; it doesn’t count"
    if detail.withdraws:
        return "withdraws another record; it counts nothing itself"
    return "counts towards the charge"


def _event(event_id: object) -> Cell:
    if event_id is None:
        return ""
    chosen = {state.EVENT_PARAMETER: str(event_id)}
    return Link(text=str(event_id), address=address("consumption", **chosen))
