"""A signing key for the embedded database: made at its first start, so that a demo can issue."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from billing_core.faults import Faults
from db.commands.signing_keys import clock_of, introduce_key, keys_known
from db.embedded import Urls
from db.engine import make_engine
from db.faults import StartFault
from db.session import owner_transaction
from db.settings import Settings
from documents.keys import SigningKey
from jobs.proof_files import is_database_embedded, signing_key_file

NAME: Final = "meterglass.local/invoices"
ACTOR: Final = "jobs serve"


def ensure_own_key(settings: Settings, urls: Urls) -> None:
    """Make the key of an embedded database that has none; an operator makes his own.

    Broken off between file and database, the next start goes on.

    Raises:
        StartFault: the file is there and holds no key, or none can be written.
    """
    if urls.owner is None or not is_database_embedded(settings):
        return
    engine = make_engine(urls.owner, pool_size=1)
    try:
        with owner_transaction(engine) as connection:
            if not keys_known(connection):
                _introduce(connection, signing_key_file(settings))
    except Faults as faults:
        raise StartFault(f"{faults.faults[0]}.") from faults
    finally:
        engine.dispose()


def _introduce(connection: Connection, path: Path) -> None:
    if path.exists():
        key = SigningKey.load(path)
    else:
        key = SigningKey.new(NAME)
        key.save(path)
    at = clock_of(connection)
    introduce_key(connection, key.verifier_key, starts_at=at, endorsement=None, actor=ACTOR)
