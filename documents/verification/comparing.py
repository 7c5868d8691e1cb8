"""A document beside the same computed again: line by line, tax and total."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import zip_longest
from typing import Any, Final

from billing_core.canonical import canonical_text
from billing_core.invoicing.invoice import Invoice, InvoiceLine

_OF_THE_WHOLE: Final = ("client", "agreement", "period", "currency", "as_of", "is_final")
#: Told after the rest: where they differ, something else differs that says why.
_PARTS: Final = ("detailed_lines", "recomputed")
_LONGEST: Final = 200


def differences_of(document: Invoice, computed: Invoice) -> Iterator[tuple[str, str]]:
    """Say where a document differs from what it comes to: the place, and the end of a sentence.

    Args:
        document: as it was issued.
        computed: the same, built again.
    """
    for name in _OF_THE_WHOLE:
        yield from _field("document.json", name, getattr(document, name), getattr(computed, name))
    for said, found in zip_longest(document.lines, computed.lines):
        yield from _line(said, found)
    taxes = zip_longest(document.taxes, computed.taxes)
    for number, (said_tax, found_tax) in enumerate(taxes, start=1):
        yield from _field(f"tax {number}", "value", said_tax, found_tax)
    for name in ("net", "tax", "gross"):
        yield from _field("the total", name, getattr(document, name), getattr(computed, name))


def _line(said: InvoiceLine | None, found: InvoiceLine | None) -> Iterator[tuple[str, str]]:
    if said is None:
        if found is not None:
            yield _called(found), f"is missing; its records make it {found.amount}"
    elif found is None:
        yield _called(said), f"is {said.amount}, and nothing makes such a line"
    else:
        names = [each.name for each in fields(said) if each.name not in _PARTS]
        for name in (*names, *_PARTS):
            told = list(_field(_called(said), name, getattr(said, name), getattr(found, name)))
            yield from told
            if told and name in {"price_code", *_PARTS}:
                return


def _called(line: InvoiceLine) -> str:
    return f"line {line.number} ({line.price_code})"


def _field(where: str, name: str, said: object, found: object) -> Iterator[tuple[str, str]]:
    if said != found:
        yield where, f"has the {name.replace('_', ' ')} {_shown(said)}, computed {_shown(found)}"


def _shown(value: Any) -> str:  # noqa: ANN401 - of any field
    text = canonical_text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
