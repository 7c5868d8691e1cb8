"""Days and times of day as a locale writes them; pages write few different ones, many times."""

from datetime import date, time
from functools import lru_cache

from babel.dates import format_date, format_skeleton, format_time

from notation.symbols import known_locale


@lru_cache(maxsize=4096)
def written_day(day: date, pattern: str, locale: str) -> str:
    """Write a day by a pattern of the locale, such as ``medium``."""
    return format_date(day, pattern, locale=known_locale(locale))


@lru_cache(maxsize=4096)
def written_parts(day: date, parts: str, locale: str) -> str:
    """Write some parts of a day, such as ``MMMd``, as the locale orders them."""
    return format_skeleton(parts, day, locale=known_locale(locale))


@lru_cache(maxsize=4096)
def written_time(at: time, width: str, locale: str) -> str:
    """Write a time of day: ``short`` has no seconds, ``medium`` has."""
    return format_time(at, width, locale=known_locale(locale))
