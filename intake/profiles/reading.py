"""From a file and a profile to measurements, in the order of the file, in bounded memory."""

from collections.abc import Iterator
from typing import IO

from intake.focus.profile import FocusProfile
from intake.focus.reading import FocusReading, bill_times
from intake.focus.record import measure_focus_record
from intake.focus.rows import focus_rows
from intake.profiles.clients import ClientReadings
from intake.profiles.csv_rows import csv_rows
from intake.profiles.event_record import is_event_record, measure_event_record
from intake.profiles.found import Billed, Found, Note, Reader
from intake.profiles.json_rows import json_cells, json_rows, parsed_object
from intake.profiles.measurements import Measured
from intake.profiles.profile import FileKind, Profile
from intake.profiles.profile_file import AnyProfile
from intake.profiles.refusals import FileRefused, Refusal, RefusedRow
from intake.profiles.rows import RowReading, RowTexts


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
    nothing = True
    for client, found in _findings_of_clients(text, profile, reader):
        nothing = nothing and isinstance(found, Note)
        yield client, found
    if nothing:
        raise FileRefused("there is nothing to read: no rows below the header")


def _findings_of_clients(text: IO[bytes], profile: AnyProfile, reader: Reader) -> Iterator[Found]:
    source = reader.source
    if isinstance(profile, FocusProfile):
        times = bill_times()
        bills = ClientReadings(
            reader, profile.client, lambda client: FocusReading(profile, client, source, times)
        )
        return bills.of_rows(focus_rows(text, profile))
    texts = RowTexts(profile)
    rows = ClientReadings(
        reader, profile.client, lambda client: RowReading(profile, client, source, texts)
    )
    return rows.of_rows((csv_rows if profile.kind is FileKind.CSV else json_rows)(text, profile))


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
