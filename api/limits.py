"""How often a key may post, and how often an address may try keys that are none.

Counted in this process: with N workers a key may post up to N times as often.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil
from typing import Final

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.problems import Problem
from db.portal import settings

#: Within an hour of its last post a good key is looked up even from an address that fails often:
#: one collector with an old key must not silence the others behind the same address.
_GOOD: Final = RateLimitItemPerHour(2, namespace="good")
_TOUCHED: Final = RateLimitItemPerMinute(1, namespace="touched")
#: How many of the longest bodies a key may have in memory at once.
_BODIES: Final = 16
#: Bytes of bodies that are read or taken in, by key; touched only by the loop that serves requests.
_HELD: Final[Counter[str]] = Counter()


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


@cache
def _posts() -> RateLimitItem:
    return RateLimitItemPerMinute(settings().posts_per_minute, namespace="posts")


@cache
def _failures() -> RateLimitItem:
    return RateLimitItemPerMinute(settings().failed_keys_per_minute, namespace="failures")


@cache
def _kept() -> RateLimitItem:
    return RateLimitItemPerHour(settings().refused_bytes_per_hour, namespace="kept")


def count_post(prefix: str) -> None:
    """Count a post of a key.

    Raises:
        Problem: it has posted too often.
    """
    if not _limiter().hit(_posts(), prefix):
        raise _too_often("This key posts too often.", _posts(), prefix)


def may_try(address: str, key_name: str) -> None:
    """Let a key be looked up, unless too many from this address were none of ours.

    Raises:
        Problem: too many were.
    """
    known = _limiter().get_window_stats(_GOOD, key_name).remaining < _GOOD.amount
    if not known and not _limiter().test(_failures(), address):
        raise _too_often("Too many wrong keys came from this address.", _failures(), address)


def may_keep(prefix: str) -> None:
    """Let a key post, unless too much of what it posted was refused and had to be kept.

    Raises:
        Problem: too much was.
    """
    if not _limiter().test(_kept(), prefix):
        detail = "Too much of what this key posts is refused: mend what it sends."
        raise _too_often(detail, _kept(), prefix)


def count_kept(prefix: str, size: int) -> None:
    """Count the bytes of refused events, whether they were kept before or not."""
    left = _limiter().get_window_stats(_kept(), prefix).remaining
    if size and left:
        _limiter().hit(_kept(), prefix, cost=min(size, left))


@contextmanager
def room(prefix: str) -> Iterator[Callable[[int], None]]:
    """Room for a body in this process's memory, until it is answered.

    Gives:
        A function that takes more of it, in bytes.

    Raises:
        Problem: from that function, if bodies of the key already hold all that they may.
    """
    taken = 0

    def take(size: int) -> None:
        nonlocal taken
        if _HELD[prefix] + size > _BODIES * settings().post_bytes:
            detail = "Too many posts of this key are under way. Wait until some are answered."
            raise Problem(429, detail, {"Retry-After": "1"})
        taken += size
        _HELD[prefix] += size

    try:
        yield take
    finally:
        _HELD[prefix] -= taken
        if not _HELD[prefix]:
            del _HELD[prefix]


def count_failure(address: str) -> None:
    """Count a key that is none of ours."""
    _limiter().hit(_failures(), address)


def note_good(key_name: str) -> None:
    """Remember for a while that a key was good."""
    _limiter().hit(_GOOD, key_name)


def first_this_minute(prefix: str) -> bool:
    """Whether this is the first use of a key within about a minute."""
    return _limiter().hit(_TOUCHED, prefix)


def _too_often(detail: str, item: RateLimitItem, name: str) -> Problem:
    reset = _limiter().get_window_stats(item, name).reset_time
    seconds = min(60, max(1, ceil(reset - time.time())))
    return Problem(429, f"{detail} Wait {seconds} s.", {"Retry-After": str(seconds)})
