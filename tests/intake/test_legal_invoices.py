"""The legal invoices of another system, read strictly."""

from datetime import date
from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing.legal import LegalInvoice
from intake.books import read_legal_invoices

HEADER = "client,period,number,issued_on,currency,net,gross"
ROW = "harbour,2026-10,2026/1044,2026-11-05,EUR,12532.90,15101.81"


def read(*rows: str, header: str = HEADER) -> tuple[LegalInvoice, ...]:
    return read_legal_invoices("answer.csv", "\r\n".join((header, *rows)).encode())


def faults(*rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(Faults) as caught:
        read(*rows, header=header)
    return [str(fault) for fault in caught.value.faults]


def test_number_date_and_totals_are_read() -> None:
    assert read(ROW) == (
        LegalInvoice(
            client="harbour",
            period="2026-10",
            number="2026/1044",
            issued_on=date(2026, 11, 5),
            currency="EUR",
            net=Decimal("12532.9"),
            gross=Decimal("15101.81"),
        ),
    )


def test_a_credit_has_totals_below_zero() -> None:
    (credit,) = read("harbour,2026-10,C-7,2026-11-05,EUR,-100,-121.00")
    assert (credit.net, credit.gross) == (Decimal(-100), Decimal(-121))


def test_columns_may_stand_in_any_order_and_a_mark_is_passed_over() -> None:
    header = "gross,net,currency,issued_on,number,period,client"
    row = "15101.81,12532.90,EUR,2026-11-05,2026/1044,2026-10,harbour"
    content = f"\ufeff{header}\n{row}\n".encode()
    assert read_legal_invoices("answer.csv", content) == read(ROW)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            ROW.replace("2026-10", "Oct-26"),
            "answer.csv:2:period: 'Oct-26' is not a month: write it as 2026-10.",
        ),
        (
            ROW.replace("2026-11-05", "05/11/2026"),
            "answer.csv:2:issued_on: '05/11/2026' is not a date: write it as 2026-10-01.",
        ),
        (
            ROW.replace("EUR", "eur"),
            "answer.csv:2:currency: 'eur' is not an ISO 4217 code with a minor unit, like EUR.",
        ),
        (
            ROW.replace("12532.90", "12532.905"),
            "answer.csv:2:net: 12532.905 has more than 2 decimals: round it.",
        ),
        (
            ROW.replace("12532.90", "€12532"),
            'answer.csv:2:net: "€12532" is not a number: write it like 1234.5, -0.02 or 8e-05.',
        ),
        (
            ROW.replace("12532.90", ""),
            "answer.csv:2:net: The cell is empty: give a number.",
        ),
        (
            ROW.replace("2026/1044", ""),
            "answer.csv:2:number: The cell is empty: fill it.",
        ),
        (
            "harbour,2026-10,1,2026-11-05,EUR,15101.81,12532.90",
            "answer.csv:2:gross: 12532.9 with tax is less than 15101.81 without: swap the two.",
        ),
        (
            "harbour,2026-10,1,2026-11-05,EUR,-10,12.10",
            "answer.csv:2:gross: 12.1 with tax is less than -10 without: swap the two.",
        ),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(row: str, fault: str) -> None:
    assert faults(row) == [fault]


def test_every_fault_of_a_file_is_named_at_once() -> None:
    assert len(faults("a b,2026-13,,x,EU,1,y", "harbour,2026-10,1,2026-11-05,EUR,1")) == 7


def test_an_invoice_that_stands_twice_is_refused() -> None:
    assert faults(ROW, ROW) == [
        "answer.csv:3:number: The invoice stands on line 2 already: keep one of the two."
    ]


def test_a_missing_column_and_an_empty_file_are_named() -> None:
    assert faults(header="client,period") == [
        f"answer.csv:1:{name}: The column is missing: add it."
        for name in ("number", "issued_on", "currency", "net", "gross")
    ]
    with pytest.raises(Faults, match="The file is empty"):
        read_legal_invoices("answer.csv", b"")
    with pytest.raises(Faults, match="is not UTF-8"):
        read_legal_invoices("answer.csv", b"client\xfc")
