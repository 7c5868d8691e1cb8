"""The answer of an accounting system: a CSV with a row for each legal invoice."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from billing_core.faults import Fault, refuse
from billing_core.invoicing.document import LONGEST_NUMBER
from billing_core.invoicing.legal import LegalInvoice
from billing_core.money import MINOR_UNITS, minor_units
from intake.setup.row import Bounds, Row
from intake.setup.tables import read_table

COLUMNS: Final = ("client", "period", "number", "issued_on", "currency", "net", "gross")
_MONTH: Final = re.compile(r"(?:19|20|21|22)[0-9]{2}-(?:0[1-9]|1[0-2])")
_CURRENCIES: Final = frozenset(MINOR_UNITS)


def read_legal_invoices(file: str, content: bytes) -> tuple[LegalInvoice, ...]:
    """Read the rows of a file; one that is wrong anywhere gives nothing.

    Args:
        file: its name, for faults.
        content: its bytes: UTF-8, with the columns of `COLUMNS` in any order.

    Raises:
        Faults: with every fault of the file, by row and column.
    """
    table = read_table(file, content, COLUMNS)
    read = [_legal_invoice(row) for row in table.rows]
    faults = (*table.all_faults(), *_twice(table.rows))
    refuse(faults)
    return tuple(each for each in read if each is not None)


def _legal_invoice(row: Row) -> LegalInvoice | None:
    client, period, number = (
        row.code("client"),
        _month(row),
        row.text("number", longest=LONGEST_NUMBER),
    )
    issued_on = row.day("issued_on")
    currency = row.known("currency", _CURRENCIES, "an ISO 4217 code with a minor unit, like EUR")
    bounds = Bounds(least=None, places=minor_units(currency) if currency in MINOR_UNITS else 4)
    net, gross = (row.number(name, bounds, needed=True) for name in ("net", "gross"))
    _check_signs(row, net, gross)
    if issued_on is None or net is None or gross is None or not row.sound:
        return None
    return LegalInvoice(
        client=client,
        period=period,
        number=number,
        issued_on=issued_on,
        currency=currency,
        net=net,
        gross=gross,
    )


def _month(row: Row) -> str:
    cell = row.cells["period"]
    if not _MONTH.fullmatch(cell):
        row.refuse("period", f"{cell[:20]!r} is not a month: write it as 2026-10.")
    return cell


def _check_signs(row: Row, net: Decimal | None, gross: Decimal | None) -> None:
    """Refuse a total with tax that lies on the other side of zero, or nearer to it."""
    if net is None or gross is None:
        return
    if net * gross < 0 or abs(gross) < abs(net):
        row.refuse("gross", f"{gross} with tax is less than {net} without: swap the two.")


def _twice(rows: tuple[Row, ...]) -> Iterator[Fault]:
    seen: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row.cells["client"], row.cells["period"], row.cells["number"])
        first = seen.setdefault(key, row)
        if first is not row:
            message = f"The invoice stands on line {first.line} already: keep one of the two."
            yield Fault(where=f"{row.place}:number", message=message)
