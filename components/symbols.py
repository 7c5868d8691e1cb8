"""What a locale writes around and between digits, as Babel knows it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from babel.core import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol

FALLBACK_LOCALE = "en_GB"  #: a client whose locale Babel doesn't know reads English


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """What a locale writes around and between digits."""

    group: str
    decimal: str
    minus: str
    sizes: tuple[int, int]  #: digits of the last group, digits of the groups before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Affixes:
    """What stands before and after an amount or a share, for positive and negative ones."""

    positive: tuple[str, str]
    negative: tuple[str, str]

    def around(self, digits: str, *, negative: bool) -> str:
        """Write the affixes around unsigned digits."""
        before, after = self.negative if negative else self.positive
        return f"{before}{digits}{after}"


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
        minus=signs["minusSign"],
        sizes=(last, before),
    )


class _Pattern(Protocol):
    """What Babel knows of a pattern: signs before and after, positive and negative."""

    prefix: tuple[str, str]
    suffix: tuple[str, str]


def _affixes(pattern: _Pattern, minus: str, symbol: str) -> Affixes:
    prefix, suffix = pattern.prefix, pattern.suffix

    def pair(sign: int) -> tuple[str, str]:
        before, after = prefix[sign].replace("¤", symbol), suffix[sign].replace("¤", symbol)
        return before.replace("-", minus), after.replace("-", minus)

    return Affixes(positive=pair(0), negative=pair(1))


@lru_cache(maxsize=256)
def currency_affixes(locale: str, currency: str) -> Affixes:
    """Give what a locale writes around an amount of a currency."""
    known = known_locale(locale)
    symbol = get_currency_symbol(currency, known)
    if symbol.isalpha():
        symbol = (
            f"{symbol}\u00a0" if known.currency_formats["standard"].prefix[0] == "¤" else symbol
        )
    return _affixes(known.currency_formats["standard"], symbols_of(locale).minus, symbol)


@lru_cache(maxsize=64)
def share_affixes(locale: str) -> Affixes:
    """Give what a locale writes around a percentage."""
    return _affixes(known_locale(locale).percent_formats[None], symbols_of(locale).minus, "")


def grouped(whole: str, signs: Symbols) -> str:
    """Separate the thousands of unsigned digits: ``1234567`` is ``1,234,567``."""
    last, before = signs.sizes
    head, tail = whole[:-last], whole[-last:]
    groups = [tail]
    while head:
        groups.append(head[-before:])
        head = head[:-before]
    return signs.group.join(reversed(groups))
