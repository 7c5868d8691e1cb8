"""What stops a program of Meterglass before it has begun, or takes the database from it."""

import re
from typing import Final

from psycopg2 import InternalError
from psycopg2.errors import DiskFull
from psycopg2.extensions import QueryCanceledError

_AGAIN: Final = "nothing is half stored: give the command again to go on."
_NO_ROOM: Final = re.compile("could not (?:extend|write)|No space left|File too large|exceeded")
_LOST: Final = re.compile(
    r"^(?!connection to server|FATAL)"  # those never had one
    r".*(?:terminat|closed|crash|lost synchronization|could not (?:receive|send)|shutting down)",
    re.IGNORECASE | re.DOTALL,
)


class StartFault(Exception):  # noqa: N818 - a fault of the surroundings, not of the program
    """The program cannot start.

    The message is one sentence for the operator; the program prints it and exits with 1.
    """


def unreachable(fault: BaseException) -> StartFault:
    """The fault of a database that does not let us in, has no room left, or went away meanwhile.

    Args:
        fault: the driver's; its first line says who refused and why.
    """
    said = str(fault).strip().partition("\n")[0].rstrip(".")
    if isinstance(fault, DiskFull) or _NO_ROOM.search(said):
        return StartFault(f"the database has no room left ({said}); {_AGAIN}")
    if isinstance(fault, QueryCanceledError | InternalError):
        return StartFault(f"the database broke off what was asked ({said}); {_AGAIN}")
    if _LOST.search(str(fault)):
        return StartFault(f"the connection to the database was lost ({said}); {_AGAIN}")
    return StartFault(f"the database cannot be reached: {said}.")
