"""What the live bench stands on: a server, fifty clients with a year of usage, their people."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import bcrypt
from sqlalchemy import Connection, Engine, text

from bench.ground import administrator
from bench.live_setup import SOURCE, clients_of_people, slugs, write_clients
from bench.live_setup import address as address_of
from bench.live_usage import PROFILE, written
from db.commands.api_keys import issue_key
from db.commands.setup import apply_setup
from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.session import owner_transaction
from intake.setup import read_folder
from jobs.ingest import ingest_file

PASSWORD: Final = "bench: three quiet boats"  # noqa: S105 - of people that exist for this run
CHEAP: Final = 4  #: bcrypt's least cost; the check of a password is not measured here
LET_IN: Final = text(
    "UPDATE auth.person SET password_hash = :hash, must_change_password = false,"
    " password_changed_at = now()"
)
TOTALS: Final = text(
    "SELECT c.slug, m.code, t.quantity FROM billing.usage_total t"
    " JOIN billing.client c USING (client_id) JOIN billing.meter m USING (meter_id)"
    " WHERE t.billing_period = date_trunc('month', now() AT TIME ZONE c.zone)::date"
)
IS_LOADED: Final = text("SELECT count(*) FROM billing.client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is."""

    clients: int = 50
    people: int = 200
    events: int = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A filled server."""

    urls: Urls
    folder: Path
    key: str  #: with which events are posted for all clients
    people: tuple[tuple[str, str], ...]  #: address and client of each
    totals: Mapping[str, int]  #: `client/meter` → quantity of the running month


@contextmanager
def ground(size: Size, folder: Path | None = None) -> Iterator[Ground]:
    """Start a server and fill it, unless it is filled already.

    Args:
        size: how much there is.
        folder: where it stays for the next run; None: it goes with this one.
    """
    with _in(folder) as place, EmbeddedServer(place) as server:
        urls = server.start()
        create_database(urls)
        engine = make_engine(urls.owner or "")
        try:
            with owner_transaction(engine) as connection:
                loaded = connection.execute(IS_LOADED).scalar_one()
            if not loaded:
                _fill(place, engine, urls, size)
            yield _found(place, engine, urls, size)
        finally:
            engine.dispose()


def _fill(place: Path, engine: Engine, urls: Urls, size: Size) -> None:
    """Set up the clients and load their usage, through the product's own ways in."""
    now, clients = datetime.now(UTC), slugs(size.clients)
    setup, usage, profile = place / "setup", place / "usage.csv", place / "live.toml"
    setup.mkdir()
    write_clients(setup, clients, size.people, now.date())
    with owner_transaction(engine) as connection:
        apply_setup(connection, read_folder(setup), as_of=now, actor="bench")
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(CHEAP)).decode()
        connection.execute(LET_IN, {"hash": hashed})
    profile.write_text(PROFILE, encoding="utf-8")
    count = written(usage, clients, size.events, now)
    writer = make_engine(urls.writer or "")
    recorded = ingest_file(writer, usage, str(profile), None, source=SOURCE)
    writer.dispose()
    if (recorded.accepted, recorded.rejected) != (count, 0):
        raise AssertionError(f"not all was recorded: {recorded}")
    _tidy(urls)


def _tidy(urls: Urls) -> None:
    with administrator(urls) as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _found(place: Path, engine: Engine, urls: Urls, size: Size) -> Ground:
    clients = slugs(size.clients)
    with owner_transaction(engine) as connection:
        issued = issue_key(connection, source=SOURCE, slugs=clients, name="bench", actor="bench")
        totals = _totals(connection)
    people = enumerate(clients_of_people(clients, size.people))
    return Ground(
        urls=urls,
        folder=place,
        key=issued.key,
        people=tuple((address_of(number, client), client) for number, client in people),
        totals=totals,
    )


def _totals(connection: Connection) -> dict[str, int]:
    rows = connection.execute(TOTALS)
    return {f"{slug}/{code}": int(quantity) for slug, code, quantity in rows}


@contextmanager
def _in(folder: Path | None) -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="meterglass-live-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made)
