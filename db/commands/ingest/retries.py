"""Transactions that meet other writers: tried again where one of them was in the way."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from psycopg2.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

TRIES: Final = 8


def tried_again(work: Callable[[], T]) -> T:
    """What `work` gives; done again where another writer was in the way.

    Args:
        work: one transaction from its beginning to its commit, so that a failed one left nothing.

    Raises:
        DBAPIError: any other fault of the database, or still the same after eight tries.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except DBAPIError as error:
            if attempt == TRIES or not _is_passing(error):
                raise
            time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - only to step aside
    raise AssertionError("the last try returns or raises")


def _is_passing(error: DBAPIError) -> bool:
    """Whether another writer was in the way, so that trying again may do."""
    return isinstance(error.orig, DeadlockDetected | SerializationFailure | UniqueViolation)
