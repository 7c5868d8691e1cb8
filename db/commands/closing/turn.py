"""One closer at a time for a client: a second one is told so at once."""

from typing import Final

from sqlalchemy import Connection, text

from db.commands.closing.refusals import AtWorkError

#: Writers record in batches of a second or so; who waits longer than 15 is told to come again.
_TAKEN: Final = text(
    """
    SELECT pg_try_advisory_xact_lock(hashtextextended('meterglass closing ' || :client, 0)),
        set_config('lock_timeout', '15s', true)
    """
)


def take_turn(connection: Connection, client_id: int) -> None:
    """Be the only one who closes for a client, until the transaction ends.

    Raises:
        AtWorkError: another one is.
    """
    if not connection.execute(_TAKEN, {"client": str(client_id)}).one()[0]:
        raise AtWorkError("Another closer is at work for this client: nothing to do here.")
