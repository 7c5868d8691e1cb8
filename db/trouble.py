"""What is wrong with the database, by the error that it ends in."""

from enum import Enum
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

#: The state of an error by which a statement that changes something is refused.
REFUSES_CHANGES: Final = "25006"
#: Given up after the longest wait: a statement, a lock. Too many connections; a deadlock; a
#: transaction that another one overtook.
_GAVE_UP: Final = frozenset({"57014", "55P03", "53300", "40P01", "40001"})


class Trouble(Enum):
    """What passes by itself, or by an operator's hand: the same may be asked again later."""

    AWAY = "away"  #: it can't be reached, or it ended the connection
    BUSY = "busy"  #: no connection is free, or no answer came in time
    READ_ONLY = "read-only"  #: it answers questions and takes no change


def database_trouble(error: BaseException) -> Trouble | None:
    """What an error says about the database; None where the fault lies elsewhere."""
    if isinstance(error, PoolTimeoutError):
        return Trouble.BUSY
    if not isinstance(error, DBAPIError):
        return None
    state = sqlstate(error)
    if state == REFUSES_CHANGES:
        return Trouble.READ_ONLY
    if state in _GAVE_UP:
        return Trouble.BUSY
    away = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return Trouble.AWAY if away else None


def sqlstate(error: DBAPIError) -> str | None:
    """The state that PostgreSQL gave an error; None where it gave none."""
    state: str | None = getattr(error.orig, "pgcode", None)
    return state
