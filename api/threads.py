"""Threads for posts, apart from those that pages use, and never more than database connections."""

from collections.abc import Callable
from functools import cache, partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from db.writer import POOL_SIZE

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _seats() -> CapacityLimiter:
    return CapacityLimiter(2 * POOL_SIZE)


async def beside(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run what waits for the database, or takes long, beside the loop that serves requests."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=_seats())
