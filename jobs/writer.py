"""The writer's engine, and who sits at the keyboard, for commands that change records."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine

from db.engine import make_engine
from db.faults import StartFault
from db.queries.clients import client_ids
from db.session import writer_transaction
from db.settings import load_settings
from db.urls import resolve_urls

Actor = Annotated[
    str,
    typer.Option(
        "--actor", help="Who does it, for the journal; left out: the user of this system."
    ),
]


@contextmanager
def writing_engine() -> Iterator[Engine]:
    """An engine of the writer on the database of the settings, or on the embedded one.

    Raises:
        StartFault: no address is set for the writer, or the embedded server can't be started.
    """
    url = resolve_urls(load_settings()).writer
    if url is None:
        raise StartFault("METERGLASS_DATABASE_URL_WRITER is not set.")
    engine = make_engine(url, pool_size=2)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def seeing(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees the records of every client."""
    with writer_transaction(engine, []) as connection:
        clients = client_ids(connection)
    with writer_transaction(engine, clients.values()) as connection:
        yield connection


def actor_named(given: str) -> str:
    """The actor that was given, or else the user of the operating system."""
    if given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
