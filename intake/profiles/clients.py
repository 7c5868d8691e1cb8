"""Whose row it is, where a file holds the usage of several clients."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from intake.profiles.found import NOBODY, Finding, Found, Note, Reader
from intake.profiles.profile import ClientColumn
from intake.profiles.refusals import Refusal, RefusedRow

Row = TypeVar("Row")
"""A row as its profile's kind has it: cells in order, or values by column."""
Row_contra = TypeVar("Row_contra", contravariant=True)


class Reading(Protocol[Row_contra]):
    """Reads the rows of one client."""

    def of_row(self, row: Row_contra, /) -> Iterator[Finding]:
        """What is found in a row."""

    def refused(self, row: Row_contra, refusal: Refusal, /) -> RefusedRow:
        """The row as it is kept beside its refusal."""

    def text_of(self, row: Row_contra, column: str, /) -> str | None:
        """The row's text in a column."""


class ClientReadings(Generic[Row]):
    """Reads rows of one client or of several, each with what is remembered for it."""

    def __init__(
        self,
        reader: Reader,
        column: ClientColumn | None,
        reading_of: Callable[[str], Reading[Row]],
    ) -> None:
        self.reader, self.column, self.reading_of = reader, column, reading_of
        self.readings: dict[str, Reading[Row]] = {}

    def of_rows(self, rows: Iterable[Row | RefusedRow | Note]) -> Iterator[Found]:
        """What is found in each row, and for whom."""
        client = self.reader.client
        for row in rows:
            if isinstance(row, Note):
                yield client or NOBODY, row
            elif isinstance(row, RefusedRow):
                yield (client, row) if client else _unassigned(row, None)
            elif client is None and self.column:
                yield from self._of_its_client(row, self.column)
            else:
                yield from self._of(client or NOBODY, row)

    def _of_its_client(self, row: Row, column: ClientColumn) -> Iterator[Found]:
        any_reading = self._reading(NOBODY)
        named = any_reading.text_of(row, column.column)
        try:
            client = client_of(column, named, self.reader)
        except Refusal as refusal:
            yield _unassigned(any_reading.refused(row, refusal), named)
            return
        refusal_of_all = _without_source(client, self.reader)
        if refusal_of_all:
            yield client, any_reading.refused(row, refusal_of_all)
        else:
            yield from self._of(client, row)

    def _of(self, client: str, row: Row) -> Iterator[Found]:
        for each in self._reading(client).of_row(row):
            yield client, each

    def _reading(self, client: str) -> Reading[Row]:
        if client not in self.readings:
            self.readings[client] = self.reading_of(client)
        return self.readings[client]


def client_of(column: ClientColumn, named: str | None, reader: Reader) -> str:
    """The slug of the client that a row names.

    Raises:
        Refusal: code `client` where it names none or an unknown one.
    """
    if not named:
        raise Refusal("client", f"the column {column.column} names no client")
    slug = named if column.slugs is None else column.slugs.get(named)
    if slug is None:
        where = f"the profile's [clients] has no entry for {named!r}"
        raise Refusal("client", f"{where} of the column {column.column}")
    if slug not in reader.known:
        raise Refusal("client", f"there is no client {slug!r}; add it to the setup, then replay")
    return slug


def _without_source(slug: str, reader: Reader) -> Refusal | None:
    """Why nothing can be recorded for a client that has no such source."""
    if reader.known.get(slug, True):
        return None
    reason = f"the client has no source {reader.source!r}; add it to the setup, then replay"
    return Refusal("source", reason)


def _unassigned(row: RefusedRow, named: str | None) -> Found:
    """A refused row that belongs to no known client."""
    return NOBODY, replace(row, client=named or "")
