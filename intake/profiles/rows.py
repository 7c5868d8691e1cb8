"""A row and a profile: its measurements, in the fast way that a million rows need."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from intake.profiles.csv_rows import Row
from intake.profiles.measurements import Measured, field, measuring, superseded_id
from intake.profiles.profile import CorrectionColumns, MeterColumn, Profile
from intake.profiles.record import refused
from intake.profiles.refusals import Refusal, RefusedRow
from intake.profiles.times import occurred_text
from intake.profiles.values import (
    Remembered,
    id_part,
    id_text,
    meter_code,
    quantity_text,
    reason_text,
    resource_code,
)

Cells = Sequence[str | None]
YES_AND_NO: Final[Mapping[str, str | None]] = {"yes": "t", "true": "t", "no": None, "false": None}


class RowTexts:
    """Canonical texts that reading a file remembers, whoever's the row is."""

    def __init__(self, profile: Profile) -> None:
        self.times = Remembered(lambda text: occurred_text(text, profile.time.zone))
        self.numbers = Remembered(quantity_text)
        self.meters = Remembered(meter_code)
        self.resources = Remembered(resource_code)


class RowReading:
    """What reading rows of a client remembers: where columns are, and how often rows came."""

    def __init__(
        self, profile: Profile, client: str, source: str, texts: RowTexts | None = None
    ) -> None:
        self.profile, self.source = profile, source
        self.place = {name: at for at, name in enumerate(profile.columns)}
        self.measure = measuring(client, source)
        remembered = texts or RowTexts(profile)
        self.times, self.numbers = remembered.times, remembered.numbers
        self.meters, self.resources = remembered.meters, remembered.resources
        self.ids = [self.place[name] for name in profile.id_columns]
        self.equal_rows: Counter[bytes] = Counter()

    def of_row(self, row: Row) -> Iterator[Measured | RefusedRow]:
        """Each measurement of a row, or why it can't be taken."""
        line, cells = row
        try:
            occurred, resource = self._time(cells), self._resource(cells)
            source_event_id = self._id(cells, occurred, resource)
        except Refusal as refusal:
            yield self.refused(row, refusal)
            return
        for meter in self.profile.meters:
            try:
                yield self._measured(line, cells, meter, source_event_id, occurred, resource)
            except Refusal as refusal:
                yield self.refused(row, refusal)

    def refused(self, row: Row, refusal: Refusal) -> RefusedRow:
        """The row as it is kept beside its refusal."""
        line, cells = row
        return refused(line, dict(zip(self.profile.columns, cells, strict=True)), refusal)

    def text_of(self, row: Row, column: str) -> str | None:
        """The row's text in a column."""
        return row[1][self.place[column]]

    def _measured(
        self, line: int, cells: Cells, meter: MeterColumn, source_event_id: str,
        occurred: str, resource: str,
    ) -> Measured:  # fmt: skip
        code = self._meter(cells, meter)
        counted = self._optional_text(cells, meter.counted_value)
        supersedes = reason = withdraws = None
        if self.profile.correction:
            supersedes, reason, withdraws = self._correction(cells, self.profile.correction)
        if supersedes:
            supersedes = superseded_id(self.source, supersedes, code)
        quantity = self._none(cells, meter) if withdraws else self._quantity(cells, meter)
        return self.measure(
            line, source_event_id, code, occurred, quantity, resource, counted, supersedes, reason,
            withdraws,
        )  # fmt: skip

    def _correction(
        self, cells: Cells, columns: CorrectionColumns
    ) -> tuple[str | None, str | None, str | None]:
        supersedes = self._optional_text(cells, columns.supersedes)
        why = cells[self.place[columns.reason]]
        reason = reason_text(why) if why else None
        said = cells[self.place[columns.withdraws]] if columns.withdraws else None
        withdraws = withdrawal(said)
        check_correction(supersedes, reason, withdraws)
        return supersedes, reason, withdraws

    def _time(self, cells: Cells) -> str:
        text = cells[self.place[self.profile.time.column]]
        return self.times[text or ""]

    def _resource(self, cells: Cells) -> str:
        declared = self.profile.resource
        if declared.constant or declared.column is None:
            return declared.constant or ""
        return self.resources[cells[self.place[declared.column]] or ""]

    def _meter(self, cells: Cells, meter: MeterColumn) -> str:
        if meter.meter or meter.meter_column is None:
            return meter.meter or ""
        return self.meters[cells[self.place[meter.meter_column]] or ""]

    def _quantity(self, cells: Cells, meter: MeterColumn) -> str:
        if meter.quantity is None:
            return "1"
        return self.numbers[cells[self.place[meter.quantity]] or ""]

    def _none(self, cells: Cells, meter: MeterColumn) -> str:
        """The quantity of a row that withdraws: nothing, or zero."""
        said = cells[self.place[meter.quantity]] if meter.quantity else None
        if said and self.numbers[said] != "0":
            raise Refusal("withdraws", "a row that withdraws an event can't have a quantity")
        return "0"

    def _optional_text(self, cells: Cells, column: str | None) -> str | None:
        text = cells[self.place[column]] if column else None
        return id_text(text) if text else None

    def _id(self, cells: Cells, occurred: str, resource: str) -> str:
        if len(self.ids) == 1:
            return id_text(cells[self.ids[0]] or "")
        if self.ids:
            return id_text("/".join(id_part(cells[place]) for place in self.ids))
        return self._ordinal_id(cells, occurred, resource)

    def _ordinal_id(self, cells: Cells, occurred: str, resource: str) -> str:
        """The canonical row and its ordinal among equal rows: the id of a row without one."""
        parts = [occurred, resource]
        for meter in self.profile.meters:
            code = self._meter(cells, meter)
            counted = self._optional_text(cells, meter.counted_value)
            parts += [code, self._quantity(cells, meter), counted or ""]
        row = hashlib.sha256("".join(map(field, parts)).encode()).digest()[:16]
        self.equal_rows[row] += 1
        return f"row-{row.hex()}-{self.equal_rows[row]}"


def withdrawal(said: str | None) -> str | None:
    """Whether a row withdraws: "t" or None.

    >>> withdrawal("yes"), withdrawal("false")
    ('t', None)
    """
    if said and said not in YES_AND_NO:
        raise Refusal("withdraws", f"{said[:40]!r} is neither yes nor no (true, false, or empty)")
    return YES_AND_NO[said] if said else None


def check_correction(supersedes: str | None, reason: str | None, withdraws: str | None) -> None:
    """Check that a correction is whole.

    Raises:
        Refusal: if the event or the reason is missing.
    """
    if withdraws and not supersedes:
        raise Refusal("withdraws", "it withdraws, but names no event (supersedes)")
    if supersedes and not reason:
        raise Refusal("reason", "an event that supersedes another must say why (reason)")
    if reason and not supersedes:
        raise Refusal("reason", "there is a reason, but no event that is superseded")
