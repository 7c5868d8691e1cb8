"""The sheets of detailed lines: each amount computed again from its quantity and its prices."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing_core.invoicing import DetailedLine, DetailKind, Invoice, InvoiceLine
from billing_core.money import minor_units, round_amount
from billing_core.numbers import plain
from documents.xlsx.digits import Guard, guard_of, held, is_held
from documents.xlsx.places import DETAILS, RECOMPUTED, Places
from documents.xlsx.sheet import Amount, Book, Cell, Formula, check

_WIDTHS: Final = (6, 7, 15, 44, 18, 18, 18, 7, 7, 16, 16, 16, 10, 40)
AMOUNT: Final = "K"
CHECK: Final = "M"
#: Place of the unit price among the cells of a row.
_PRICE: Final = 6
#: What stands in place of a check where a spreadsheet's numbers are too short for the sum.
TOO_LONG: Final = "as issued"


def detailed_lines(book: Book, invoice: Invoice, places: Places) -> None:
    """Write the figures that the lines are the sums of."""
    sheet = book.sheet(DETAILS, _WIDTHS)
    sheet.title(
        DETAILS,
        "amount = quantity × unit price (× days ÷ days of the whole) + flat fee, rounded once",
    )
    sheet.head(_names(invoice.currency))
    for line in invoice.lines:
        for number, detail in enumerate(line.detailed_lines, start=1):
            cells = _cells(sheet.next_row, line, number, detail, invoice.currency)
            if detail.kind is DetailKind.RECOMPUTED and line.recomputed:
                cells = _with_price(cells, _recomputed_price(line, detail, places, invoice))
            sheet.row(cells)
    sheet.mark_what_differs(places.details.own(CHECK))


def recomputed_lines(book: Book, invoice: Invoice, places: Places) -> None:
    """Write, for lines that adjust an earlier month, the month's line as it is known now."""
    sheet = book.sheet(RECOMPUTED, _WIDTHS)
    sheet.title(RECOMPUTED, "What an earlier month comes to now: the figures of its adjustment")
    sheet.head(_names(invoice.currency))
    for line in invoice.lines:
        for number, detail in enumerate(line.recomputed, start=1):
            sheet.row(_cells(sheet.next_row, line, number, detail, invoice.currency))
    sheet.mark_what_differs(places.recomputed.own(CHECK))


def _with_price(cells: tuple[Cell, ...], price: Cell) -> tuple[Cell, ...]:
    return (*cells[:_PRICE], price, *cells[_PRICE + 1 :])


def _recomputed_price(
    line: InvoiceLine, detail: DetailedLine, places: Places, invoice: Invoice
) -> Formula:
    """Give what an adjusted line comes to now as the sum of its recomputed figures."""
    minor = minor_units(invoice.currency)
    amounts, numbers = (places.recomputed.column(each) for each in (AMOUNT, "A"))
    text = f"=ROUND(SUMIFS({amounts},{numbers},{line.number}),{minor})"
    return Formula(text=text, value=detail.unit_price, decimals=minor)


def _names(currency: str) -> tuple[str, ...]:
    return (
        "Line",
        "Detail",
        "Kind",
        "What for",
        "Tier",
        "Quantity",
        f"Unit price ({currency})",
        "Days",
        "Days of the whole",
        f"Flat fee ({currency})",
        f"Amount, computed ({currency})",
        f"Amount, issued ({currency})",
        "Check",
        "All digits, where a cell keeps fewer",
    )


def _cells(
    row: int, line: InvoiceLine, number: int, detail: DetailedLine, currency: str
) -> tuple[Cell, ...]:
    minor = minor_units(currency)
    computed, checked = _computed(row, detail, currency)
    return (
        line.number,
        number,
        detail.kind.replace("_", " "),
        detail.text,
        detail.tier,
        detail.quantity,
        detail.unit_price,
        detail.days,
        detail.period_days,
        detail.flat_fee or None,
        computed,
        Amount(number=detail.amount, decimals=minor),
        checked,
        all_digits(
            quantity=detail.quantity, unit_price=detail.unit_price, flat_fee=detail.flat_fee
        ),
    )


def _computed(row: int, detail: DetailedLine, currency: str) -> tuple[Cell, Cell]:
    """Give an amount's formula and check; the issued figure where no formula can be exact."""
    minor = minor_units(currency)
    fee = Fraction(detail.flat_fee)
    guard = guard_of((detail.portion.exact - fee, fee), minor)
    if guard is None or _of_what_is_held(detail, currency) != detail.amount:
        return Amount(number=detail.amount, decimals=minor), TOO_LONG
    text = _formula(row, detail, guard)
    computed = Formula(text=text, value=detail.amount, decimals=minor)
    return computed, check(f"K{row}", f"L{row}", minor)


def _formula(row: int, detail: DetailedLine, guard: Guard) -> str:
    share = f"*H{row}/I{row}" if detail.period_days else ""
    return guard.around(f"F{row}*G{row}{share}+J{row}")


def _of_what_is_held(detail: DetailedLine, currency: str) -> Decimal:
    """Give the amount of the figures as cells keep them."""
    share = Fraction(detail.days or 0, detail.period_days) if detail.period_days else Fraction(1)
    quantity, price, fee = (
        Fraction(held(each)) for each in (detail.quantity, detail.unit_price, detail.flat_fee)
    )
    return round_amount(quantity * price * share + fee, currency)


def all_digits(**numbers: Decimal) -> str | None:
    """Write the numbers of which a cell doesn't keep every digit, or nothing.

    >>> all_digits(quantity=Decimal("1234567890123.4567"), unit_price=Decimal("0.5"))
    'quantity 1234567890123.4567'
    """
    long = (
        f"{name.replace('_', ' ')} {plain(number)}"
        for name, number in numbers.items()
        if not is_held(number)
    )
    return "; ".join(long) or None
