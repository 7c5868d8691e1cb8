"""One closer at a time for a client: a second one is told so at once."""

from typing import Final

from sqlalchemy import Connection, text

from db.commands.closing.refusals import AtWorkError

_TAKEN: Final = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('meterglass closing ' || :client, 0))"
)
#: Writers record in batches of a second or so; who waits longer than this is told to come again.
_PATIENCE: Final = text("SELECT set_config('lock_timeout', '15s', true)")


def take_turn(connection: Connection, client_id: int) -> None:
    """Be the only one who closes for a client, until the transaction ends.

    Raises:
        AtWorkError: another one is.
    """
    if not connection.execute(_TAKEN, {"client": str(client_id)}).scalar_one():
        raise AtWorkError("Another closer is at work for this client: nothing to do here.")
    connection.execute(_PATIENCE)
