"""What a locale writes around and between digits, as Babel knows it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from babel.core import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol

MINUS = "−"
FALLBACK_LOCALE = "en_GB"  #: a client whose locale Babel doesn't know reads English


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """What a locale writes around and between digits."""

    group: str
    decimal: str
    sizes: tuple[int, int]  #: digits of the last group, digits of the groups before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Affixes:
    """What stands before and after an amount or a share."""

    before: str
    after: str

    def around(self, digits: str, *, negative: bool) -> str:
        """Write the affixes around unsigned digits; the minus stands before everything."""
        return f"{MINUS if negative else ''}{self.before}{digits}{self.after}"


@lru_cache(maxsize=64)
def known_locale(text: str) -> Locale:
    """Give the locale of ``nl-NL`` or ``nl_NL``; English where nobody knows it."""
    try:
        return Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK_LOCALE)


@lru_cache(maxsize=64)
def symbols_of(locale: str) -> Symbols:
    """Give the separators of a locale."""
    known = known_locale(locale)
    signs = known.number_symbols["latn"]
    last, before = known.decimal_formats[None].grouping
    return Symbols(
        group=signs["group"],
        decimal=signs["decimal"],
        sizes=(last, before),
    )


class _Pattern(Protocol):
    """What Babel knows of a pattern: signs before and after, of positive and negative numbers."""

    prefix: tuple[str, str]
    suffix: tuple[str, str]


def _affixes(pattern: _Pattern, symbol: str) -> Affixes:
    before, after = pattern.prefix[0], pattern.suffix[0]
    return Affixes(before=before.replace("¤", symbol), after=after.replace("¤", symbol))


@lru_cache(maxsize=256)
def currency_affixes(locale: str, currency: str) -> Affixes:
    """Give what a locale writes around an amount of a currency."""
    known = known_locale(locale)
    symbol = get_currency_symbol(currency, known)
    if symbol.isalpha():
        symbol = (
            f"{symbol}\u00a0" if known.currency_formats["standard"].prefix[0] == "¤" else symbol
        )
    return _affixes(known.currency_formats["standard"], symbol)


@lru_cache(maxsize=64)
def share_affixes(locale: str) -> Affixes:
    """Give what a locale writes around a percentage."""
    return _affixes(known_locale(locale).percent_formats[None], "")


def grouped(whole: str, signs: Symbols) -> str:
    """Separate the thousands of unsigned digits: ``1234567`` is ``1,234,567``."""
    last, before = signs.sizes
    head, tail = whole[:-last], whole[-last:]
    groups = [tail]
    while head:
        groups.append(head[-before:])
        head = head[:-before]
    return signs.group.join(reversed(groups))


def country_name(locale: str, country: str) -> str:
    """Give a country's name in a locale; its code where it has none there.

    >>> country_name("nl_NL", "DE")
    'Duitsland'
    """
    name: str | None = known_locale(locale).territories.get(country)
    return name or country
