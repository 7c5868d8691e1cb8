"""A connection that was lost: what was committed then is found, and not done twice."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

Answer = TypeVar("Answer")


def again_if_lost(work: Callable[[], Answer]) -> Answer:
    """Do a work once more where the connection was lost, as it may have been after the commit.

    Args:
        work: finds what it did before, and does nothing twice.
    """
    try:
        return work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return work()
