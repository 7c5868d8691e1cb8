"""The keys of the demo's collectors: one per source, made at the start and revoked at the end."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from db.commands.api_keys import issue_key, keys_listed, revoke_key
from db.session import owner_transaction
from demo.clients import PORTRAITS

NAME: Final = "Demo collectors"
ACTOR: Final = "demo feed"


class FeedKeys:
    """Keys that live as long as the collectors; they are never shown."""

    def __init__(self, engine: Engine) -> None:
        """Make none yet.

        Args:
            engine: of the owner.
        """
        self._engine = engine
        self._keys: dict[str, str] = {}

    def current(self) -> Mapping[str, str]:
        """Give the keys by source, made at the first call; those of a former run are revoked."""
        if not self._keys:
            with suppress(DBAPIError), owner_transaction(self._engine) as connection:
                _revoke_all(connection)
                self._keys = dict(_issued(connection))
        return defaultdict(str, self._keys)

    def renew(self) -> None:
        """Forget the keys; the next call of `current` makes new ones."""
        self._keys = {}

    def revoke(self) -> None:
        """Revoke the keys for good; where the database is away, the next run does."""
        self._keys = {}
        with suppress(DBAPIError), owner_transaction(self._engine) as connection:
            _revoke_all(connection)


def _revoke_all(connection: Connection) -> None:
    for key in keys_listed(connection):
        if key.name == NAME and key.revoked_at is None:
            revoke_key(connection, prefix=key.prefix, actor=ACTOR)


def _issued(connection: Connection) -> Mapping[str, str]:
    clients: defaultdict[str, list[str]] = defaultdict(list)
    for portrait in PORTRAITS:
        for source in portrait.sources:
            clients[source].append(portrait.slug)
    return {
        source: issue_key(connection, source=source, slugs=slugs, name=NAME, actor=ACTOR).key
        for source, slugs in clients.items()
    }
