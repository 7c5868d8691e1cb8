"""The column "added to your bill": what is shown adds up to the charge."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing_core.explanation import completing_rows
from billing_core.invoicing import InvoiceLine, LineKind, Timing
from billing_core.prices import ChargeModel
from billing_core.rating import DetailedLine, DetailKind
from components.added import column_of
from components.breakdown import completing
from components.format import Format
from components.tables import Exact, TableRow

WRITING = Format(locale="en_US", zone="UTC", currency="USD")
LINE = InvoiceLine(
    number=1,
    price_code="backup",
    name="Backup",
    kind=LineKind.VARIABLE,
    model=ChargeModel.UNIT,
    timing=Timing.IN_ARREARS,
    service_from=date(2026, 11, 1),
    service_to=date(2026, 11, 30),
    meter="storage",
    quantity=Decimal(2),
    detailed_lines=(
        DetailedLine(
            kind=DetailKind.USAGE,
            text="Backup",
            quantity=Decimal(2),
            unit_price=Decimal(1),
            amount=Decimal("2.00"),
        ),
    ),
    amount=Decimal("2.00"),
)


def last_cell(row: TableRow) -> str:
    cell = row.cells[-1]
    return cell.text if isinstance(cell, Exact) else str(cell)


def test_what_the_column_s_decimals_leave_is_in_the_rounding_row() -> None:
    thirds = [Fraction(2, 3)] * 3
    column = column_of(thirds, WRITING)
    rows = completing(LINE, completing_rows(LINE, Fraction(2)), (column, column.shown(thirds)))
    assert [column.cell(each).text for each in thirds] == ["$0.666667"] * 3
    assert [last_cell(row) for row in rows] == ["−$0.000001", "$2.00"]


def test_amounts_that_are_exact_need_no_rounding_row() -> None:
    halves = [Fraction(1, 2)] * 4
    column = column_of(halves, WRITING)
    rows = completing(LINE, completing_rows(LINE, Fraction(2)), (column, column.shown(halves)))
    assert [last_cell(row) for row in rows] == ["$2.00"]
