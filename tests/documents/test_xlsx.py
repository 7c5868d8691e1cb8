"""The spreadsheet computes the bill again, says whether it agrees, and runs nobody's text."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_core.invoicing import DetailedLine, DetailKind
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.money import round_amount
from documents.xlsx import invoice_xlsx
from tests.documents.made import (
    HARBOUR,
    backup,
    detail,
    document_of,
    edition,
    invoice_of,
    line,
    october,
    tax,
)
from tests.documents.spreadsheet import Spreadsheet

AMOUNT, ISSUED, CHECK, ALL_DIGITS = 11, 12, 13, 14
LINE_AMOUNT, LINE_CHECK = 13, 15


def spreadsheet(document: Document | None = None) -> Spreadsheet:
    return Spreadsheet(invoice_xlsx(edition(document)))


def of(*details: DetailedLine) -> Spreadsheet:
    return spreadsheet(document_of(invoice_of(line(1, "price", *details))))


def front(found: Spreadsheet) -> dict[str, tuple[object, object, object]]:
    """Give the totals of the first sheet: computed, issued, check."""
    rows = found.book["Invoice"].iter_rows(min_row=1, max_col=1)
    labels = {cell.value: cell.row for (cell,) in rows}
    return {
        label: tuple(found.value("Invoice", labels[label], column) for column in (2, 3, 4))
        for label in ("Net (tax not included)", "Tax", "Total (tax included)")
    }


def test_the_sheets_stand_in_the_order_in_which_a_bill_is_read() -> None:
    assert spreadsheet().book.sheetnames == [
        "Invoice",
        "Lines",
        "Detailed lines",
        "Recomputed lines",
        "Tax",
        "Records summary",
    ]
    assert "Recomputed lines" not in spreadsheet(document_of(invoice_of())).book.sheetnames


def test_the_bill_is_computed_again_from_its_quantities_and_prices() -> None:
    found = spreadsheet()
    amounts = [found.value("Detailed lines", row, AMOUNT) for row in range(5, 18)]
    assert amounts == [
        *(1200, 32.9, 0, 180, 54.44, -23.44, 10555.55, 300, 70, 30, 250, -240.5, 123.95),
    ]
    lines = [found.value("Lines", row, LINE_AMOUNT) for row in range(5, 13)]
    assert lines == [1200, 32.9, 211, 10555.55, 300, 100, 9.5, 123.95]
    assert front(found) == {
        "Net (tax not included)": (12532.9, 12532.9, "agrees"),
        "Tax": (2568.91, 2568.91, "agrees"),
        "Total (tax included)": (15101.81, 15101.81, "agrees"),
    }


def test_tax_is_computed_per_rate_on_the_sum_of_its_lines() -> None:
    found = spreadsheet()
    assert [found.value("Tax", row, 6) for row in (5, 6)] == [12232.9, 300]
    assert [found.value("Tax", row, 7) for row in (5, 6)] == [2568.91, 0]


def test_amounts_are_live_formulas_over_quantities_and_prices() -> None:
    found = spreadsheet()
    assert found.text_of("Detailed lines", 6, AMOUNT) == "=ROUND(ROUND(F6*G6*H6/I6+J6,12),2)"
    assert found.text_of("Detailed lines", 11, AMOUNT) == "=ROUND(ROUND(F11*G11+J11,9),2)"
    assert found.text_of("Lines", 7, LINE_AMOUNT) == (
        "=ROUND(SUMIFS('Detailed lines'!$K$5:$K$17,'Detailed lines'!$A$5:$A$17,A7),2)"
    )
    assert found.text_of("Tax", 5, 7) == "=ROUND(ROUND(F5*E5,9),2)"


def test_the_stored_results_are_what_the_formulas_come_to() -> None:
    found = spreadsheet()
    places = list(found.formulas())
    assert len(places) > 60
    for place in places:
        assert found.stored_value(*place) == found.value(*place), place


def test_an_amount_that_was_tampered_with_differs() -> None:
    found = spreadsheet()
    found.book["Detailed lines"].cell(8, 6).value = 1501
    assert found.value("Detailed lines", 8, CHECK) == "differs"
    assert found.value("Lines", 7, LINE_CHECK) == "differs"
    assert front(found)["Total (tax included)"][2] == "differs"
    (row,) = [
        cell.row
        for (cell,) in found.book["Invoice"].iter_rows(max_col=1)
        if cell.value == "All checks of this file"
    ]
    assert found.value("Invoice", row, 2) == "differs"


def test_what_an_adjusted_month_comes_to_now_is_computed_from_its_figures() -> None:
    found = spreadsheet()
    assert found.text_of("Detailed lines", 15, 7) == (
        "=ROUND(SUMIFS('Recomputed lines'!$K$5:$K$6,'Recomputed lines'!$A$5:$A$6,7),2)"
    )
    assert found.value("Detailed lines", 15, 7) == 250
    assert [found.value("Recomputed lines", row, CHECK) for row in (5, 6)] == ["agrees", "agrees"]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("100", "0.285", "28.50"),
        ("1", "1.005", "1.01"),  # 1.00499999999999989… in binary
        ("3", "0.335", "1.01"),  # 1.005
        ("-1", "1.005", "-1.01"),
        ("1.15", "1.5", "1.73"),  # 1.725
        ("123456.785", "1", "123456.79"),
        ("0.000000000000005", "1000000000000", "0.01"),  # half a cent
    ],
)
def test_what_lies_between_two_cents_is_rounded_away_from_zero(
    quantity: str, price: str, amount: str
) -> None:
    given_back = "credit_note" if amount.startswith("-") else "invoice"
    built = invoice_of(line(1, "price", detail("usage", quantity, price, amount)))
    document = document_of(built, kind=DocumentKind(given_back))
    found = spreadsheet(document)
    assert found.value("Detailed lines", 5, AMOUNT) == float(amount)
    assert found.value("Detailed lines", 5, CHECK) == "agrees"


@settings(deadline=None, max_examples=60)
@given(
    quantity=st.decimals(min_value=0, max_value=10**6, places=6),
    price=st.decimals(min_value=0, max_value=1000, places=5),
    days=st.integers(min_value=1, max_value=31),
)
def test_every_amount_agrees_with_the_issued_one(
    quantity: Decimal, price: Decimal, days: int
) -> None:
    exact = Fraction(quantity) * Fraction(price) * days / 31
    issued = DetailedLine(
        kind=DetailKind.FEE,
        text="Fee",
        quantity=quantity,
        unit_price=price,
        days=days,
        period_days=31,
        amount=round_amount(exact, "EUR"),
    )
    found = of(issued)
    assert found.value("Detailed lines", 5, CHECK) == "agrees"


def test_a_number_with_more_than_15_digits_stands_as_text_beside_its_cell() -> None:
    found = of(detail("usage", "1234567890.1234567", "0.000001", "1234.57"))
    assert found.value("Detailed lines", 5, 6) == 1234567890.12346
    assert found.value("Detailed lines", 5, ALL_DIGITS) == "quantity 1234567890.1234567"
    assert found.value("Detailed lines", 5, CHECK) == "agrees"


def test_where_15_digits_are_too_few_the_issued_amount_stands_and_says_so() -> None:
    # 12,345,678,901,234.567 × 1 is more than a formula can round to the cent.
    found = of(detail("usage", "12345678901234.567", "1", "12345678901234.57"))
    assert found.value("Detailed lines", 5, AMOUNT) == 12345678901234.6
    assert found.value("Detailed lines", 5, CHECK) == "as issued"
    # 1,234.56499999999999 keeps 15 digits as 1,234.565, which would be 1,234.57.
    found = of(detail("usage", "1234.564999999999999", "1", "1234.56"))
    assert found.value("Detailed lines", 5, AMOUNT) == 1234.56
    assert found.value("Detailed lines", 5, CHECK) == "as issued"
    assert found.value("Lines", 5, LINE_CHECK) == "agrees"


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1", "-1", "@A1", "{=1}", "http://evil.example", "007"]
)
def test_f43_no_text_becomes_a_formula_a_link_or_a_number(hostile: str) -> None:
    shown = line(1, "x", detail("usage", "1", "1", "1.00", text=hostile, tier=hostile))
    shown = replace(shown, name=hostile, reason=hostile, price_code=hostile, meter=hostile)
    document = document_of(
        invoice_of(shown),
        client=replace(HARBOUR, name=hostile, address=hostile),
        purchase_order=hostile,
    )
    found = spreadsheet(document)
    cells = [cell for sheet in found.book for row in sheet.iter_rows() for cell in row]
    assert len([cell for cell in cells if cell.value == hostile]) == 9
    assert {cell.data_type for cell in cells if cell.value == hostile} == {"s"}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []


def test_signs_that_xml_has_not_and_very_long_texts_are_no_trouble() -> None:
    document = document_of(
        invoice_of(), client=replace(HARBOUR, name="A\x0bB <&>", address="x" * 40_000)
    )
    values = [cell.value for row in spreadsheet(document).book["Invoice"] for cell in row]
    assert "A_x000B_B <&>" in values  # as spreadsheets write a sign that XML has not
    assert max(len(value) for value in values if isinstance(value, str)) == 32_767


def test_days_are_days_and_the_records_are_counted() -> None:
    found = spreadsheet()
    assert found.value("Lines", 6, 5).date() == date(2026, 10, 15)
    assert [found.value("Records summary", 7, column) for column in (5, 6, 7, 8)] == [
        *(3120, 4, 0, 3116)
    ]


def test_two_rates_of_one_code_are_told_apart_by_the_days_of_service() -> None:
    early, late = date(2026, 9, 30), date(2026, 10, 31)
    lines = (
        line(1, "a", detail("usage", "1", "10.00", "10.00"), service_to=late),
        line(2, "b", detail("usage", "1", "5.00", "5.00"), service_to=late),
        line(3, "c", detail("usage", "1", "20.00", "20.00"), service_from=early, service_to=early),
    )
    taxes = (tax("NL-21", "0.24", "15.00", "3.60"), tax("NL-21", "0.21", "20.00", "4.20"))
    built = replace(invoice_of(), lines=lines, taxes=taxes)
    found = spreadsheet(document_of(built))
    assert [found.value("Lines", row, 11) for row in (5, 6, 7)] == [1, 1, 2]
    assert [found.value("Tax", row, 7) for row in (5, 6)] == [3.6, 4.2]


def test_currencies_without_and_with_three_decimals_are_rounded_to_theirs() -> None:
    yen = invoice_of(line(1, "price", detail("usage", "3", "0.5", "2")), currency="JPY")
    assert spreadsheet(document_of(yen)).value("Detailed lines", 5, AMOUNT) == 2
    dinar = invoice_of(line(1, "a", detail("usage", "1", "1.0005", "1.001")), currency="KWD")
    assert spreadsheet(document_of(dinar)).value("Detailed lines", 5, AMOUNT) == 1.001


def test_the_same_document_gives_the_same_bytes() -> None:
    assert invoice_xlsx(edition()) == invoice_xlsx(edition())


def test_the_file_says_which_document_it_is_and_asks_nothing_of_anybody() -> None:
    with ZipFile(BytesIO(invoice_xlsx(edition()))) as parts:
        about = parts.read("docProps/core.xml").decode()
        names = parts.namelist()
    assert "Invoice HARB-2026-0007" in about
    assert "2026-11-04T09:30:00Z" in about
    assert [name for name in names if "external" in name.lower() or name.endswith(".bin")] == []


def test_two_hundred_lines_agree() -> None:
    lines = [replace(backup(number), tax_code="") for number in range(1, 201)]
    found = spreadsheet(document_of(invoice_of(*lines)))
    assert front(found)["Total (tax included)"] == (42200, 42200, "agrees")
    assert {found.value("Lines", row, LINE_CHECK) for row in range(5, 205)} == {"agrees"}


def test_a_credit_note_says_what_it_credits() -> None:
    document = october(reason="Measured twice", replaces="HARB-2026-0006")
    values = [cell.value for row in spreadsheet(document).book["Invoice"] for cell in row]
    assert values[values.index("Takes the place of") + 1] == "HARB-2026-0006"
    assert values[values.index("Reason") + 1] == "Measured twice"
