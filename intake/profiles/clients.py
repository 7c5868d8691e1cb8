"""Whose row it is, where a file holds the usage of several clients."""

from dataclasses import replace

from intake.profiles.found import NOBODY, Found, Reader
from intake.profiles.profile import ClientColumn
from intake.profiles.refusals import Refusal, RefusedRow


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


def without_source(slug: str, reader: Reader) -> Refusal | None:
    """Why nothing can be recorded for a client that has no such source."""
    if reader.known.get(slug, True):
        return None
    reason = f"the client has no source {reader.source!r}; add it to the setup, then replay"
    return Refusal("source", reason)


def unassigned(row: RefusedRow, named: str | None) -> Found:
    """A refused row that belongs to no known client."""
    return NOBODY, replace(row, client=named or "")
