"""From a file and a profile to measurements, in the order of the file, in bounded memory."""

from collections.abc import Iterator
from typing import IO, cast

from intake.focus.profile import FocusProfile
from intake.focus.reading import FocusReading
from intake.focus.record import measure_focus_record
from intake.focus.rows import FocusRow, focus_rows
from intake.profiles.clients import client_of, unassigned, without_source
from intake.profiles.csv_rows import Row, csv_rows
from intake.profiles.event_record import is_event_record, measure_event_record
from intake.profiles.found import NOBODY, Billed, Finding, Found, Note, Reader
from intake.profiles.json_rows import json_cells, json_rows, parsed_object
from intake.profiles.measurements import Measured
from intake.profiles.profile import ClientColumn, FileKind, Profile
from intake.profiles.profile_file import AnyProfile
from intake.profiles.refusals import FileRefused, Refusal, RefusedRow
from intake.profiles.rows import RowReading

AnyRow = Row | FocusRow
"""A row as its profile's kind has it: cells in order, or values by column."""


def measurements(
    text: IO[bytes], profile: AnyProfile, *, client: str, source: str
) -> Iterator[Measured | RefusedRow]:
    """Give each measurement of a client's file, and each refusal, in the file's order.

    Raises:
        FileRefused: if the header doesn't fit, or there is nothing below it.
        TypeError: for bills, of which there is more to say; `findings` reads them.
    """
    if isinstance(profile, FocusProfile):
        raise TypeError("bills are read by findings")
    reading = RowReading(profile, client, source)
    nothing = True
    for row in (csv_rows if profile.kind is FileKind.CSV else json_rows)(text, profile):
        nothing = False
        if isinstance(row, RefusedRow):
            yield row
        else:
            yield from reading.of_row(row)
    if nothing:
        raise FileRefused("there is nothing to read: no rows")


def findings(text: IO[bytes], profile: AnyProfile, reader: Reader) -> Iterator[Found]:
    """Give all that is found in a file, and for whom, in the file's order.

    Raises:
        FileRefused: as `measurements`.
    """
    if isinstance(profile, Profile) and reader.client is not None:
        for each in measurements(text, profile, client=reader.client, source=reader.source):
            yield reader.client, each
        return
    reading = _ReadingForClients(profile, reader)
    nothing = True
    for row in _rows(text, profile):
        nothing = nothing and isinstance(row, Note)
        yield from reading.of_row(row)
    if nothing:
        raise FileRefused("there is nothing to read: no rows below the header")


def _rows(text: IO[bytes], profile: AnyProfile) -> Iterator[AnyRow | RefusedRow | Note]:
    if isinstance(profile, FocusProfile):
        return focus_rows(text, profile)
    return (csv_rows if profile.kind is FileKind.CSV else json_rows)(text, profile)


class _ReadingForClients:
    """Reads rows of one client or of several, each with what is remembered for it."""

    def __init__(self, profile: AnyProfile, reader: Reader) -> None:
        self.profile, self.reader = profile, reader
        self.readings: dict[str, RowReading | FocusReading] = {}

    def of_row(self, row: AnyRow | RefusedRow | Note) -> Iterator[Found]:
        client = self.reader.client
        if isinstance(row, Note):
            yield client or NOBODY, row
        elif isinstance(row, RefusedRow):
            yield (client, row) if client else unassigned(row, None)
        elif client is None and self.profile.client:
            yield from self._of_its_client(row, self.profile.client)
        else:
            yield from self._of(client or NOBODY, row)

    def _of_its_client(self, row: AnyRow, column: ClientColumn) -> Iterator[Found]:
        any_reading = self._reading(NOBODY)
        named = any_reading.text_of(row, column.column)  # type: ignore[arg-type]  # row and reading are of one profile
        try:
            client = client_of(column, named, self.reader)
        except Refusal as refusal:
            yield unassigned(any_reading.refused(row, refusal), named)  # type: ignore[arg-type]  # row and reading are of one profile
            return
        refusal_of_all = without_source(client, self.reader)
        if refusal_of_all:
            yield client, any_reading.refused(row, refusal_of_all)  # type: ignore[arg-type]  # row and reading are of one profile
        else:
            yield from self._of(client, row)

    def _of(self, client: str, row: AnyRow) -> Iterator[Found]:
        for each in self._reading(client).of_row(row):  # type: ignore[arg-type]  # row and reading are of one profile
            yield client, cast("Finding", each)

    def _reading(self, client: str) -> RowReading | FocusReading:
        if client not in self.readings:
            self.readings[client] = self._new(client)
        return self.readings[client]

    def _new(self, client: str) -> RowReading | FocusReading:
        if isinstance(self.profile, FocusProfile):
            return FocusReading(self.profile, client, self.reader.source)
        return RowReading(self.profile, client, self.reader.source)


def measure_record(
    record: str, profile: AnyProfile, client: str, source: str
) -> list[Measured | Billed | RefusedRow]:
    """Read a refused row that was kept, perhaps mended, for a client and a source.

    Args:
        record: JSON by column, as a file's refused row is kept; or by the names of an event's
            fields, as a value is that the database rejected.
        profile: how the file was read.
        client: slug; the row's own word on its client counts for nothing here.
        source: code.

    Returns:
        Its measurements with what a bill says of them, and what is refused still.
    """
    try:
        fields = parsed_object(record.encode())
        if is_event_record(fields):
            return measure_event_record(fields, client, source)
        if isinstance(profile, FocusProfile):
            return measure_focus_record(fields, profile, client, source)
        cells = json_cells(record.encode(), profile)
    except Refusal as refusal:
        return [RefusedRow(line=1, code=refusal.code, reason=refusal.reason, record=record)]
    return [*RowReading(profile, client, source).of_row((1, cells))]
