"""How often a key may post, and how often an address may try keys that are none.

Counted in this process: with N workers a key may post up to N times as often.
"""

import time
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


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


@cache
def _posts() -> RateLimitItem:
    return RateLimitItemPerMinute(settings().posts_per_minute, namespace="posts")


@cache
def _failures() -> RateLimitItem:
    return RateLimitItemPerMinute(settings().failed_keys_per_minute, namespace="failures")


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
