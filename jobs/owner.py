"""The owner's transaction, for commands that set up."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from db.engine import make_engine
from db.faults import StartFault
from db.session import owner_transaction
from db.settings import load_settings
from db.urls import resolve_urls


@contextmanager
def owner_connection() -> Iterator[Connection]:
    """A transaction of the owner on the database of the settings, or on the embedded one.

    Raises:
        StartFault: no address is set for the owner, or the embedded server can't be started.
    """
    url = resolve_urls(load_settings()).owner
    if url is None:
        raise StartFault("METERGLASS_DATABASE_URL_OWNER is not set.")
    engine = make_engine(url, pool_size=1)
    try:
        with owner_transaction(engine) as connection:
            yield connection
    finally:
        engine.dispose()
