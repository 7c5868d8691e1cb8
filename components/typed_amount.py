"""An amount as a person types it, in the separators of the client's locale."""

import re
from decimal import Decimal
from typing import Final

from billing_core.money import minor_units
from billing_core.numbers import NumberFault, parse_number, size_fault
from components.format import Format
from notation.symbols import currency_affixes, grouped, symbols_of

_EXAMPLE: Final = 123450  #: in minor units
_BLANK: Final = re.compile(r"\s")


class AmountFault(ValueError):  # noqa: N818 - a fault of what was typed, not of the program
    """What was typed is no amount; the message is one sentence."""


def typed_amount(text: str, writing: Format) -> Decimal:
    """Read an amount above zero: ``1.234,50`` in Dutch, ``€1,234.50`` in English.

    Thousands may be separated as the client writes them, or not at all. A comma that is no decimal
    sign is never taken for one.

    Raises:
        AmountFault: for anything else, with a sentence that shows how it is written.
    """
    plain = _plain(text, writing)
    try:
        amount = parse_number(plain)
    except NumberFault:
        raise _fault(writing) from None
    decimals = minor_units(writing.currency)
    if size_fault(amount, decimals=decimals):
        raise AmountFault(f"{writing.currency} has {decimals} decimals: write no more of them.")
    if amount <= 0:
        raise AmountFault("Write an amount above zero.")
    return amount.quantize(Decimal(1).scaleb(-decimals))


def _plain(text: str, writing: Format) -> str:
    signs = symbols_of(writing.locale)
    around = currency_affixes(writing.locale, writing.currency)
    bare = _BLANK.sub("", text)
    for affix in (around.before, around.after, writing.currency):
        bare = bare.removeprefix(_BLANK.sub("", affix)).removesuffix(_BLANK.sub("", affix))
    whole, point, rest = bare.partition(signs.decimal)
    group = _BLANK.sub("", signs.group)
    if group and group in whole:
        digits = whole.replace(group, "")
        if _BLANK.sub("", grouped(digits, signs)) != whole:
            raise _fault(writing)
        whole = digits
    return f"{whole}.{rest}" if point else whole


def _fault(writing: Format) -> AmountFault:
    example = writing.money(Decimal(_EXAMPLE).scaleb(-minor_units(writing.currency)))
    return AmountFault(f"Write the amount in digits, like {example}.")
