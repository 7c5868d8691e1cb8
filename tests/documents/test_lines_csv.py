"""Lines and records as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from documents.lines_csv import lines_csv
from documents.records_csv import RecordRow, records_csv
from tests.documents.made import document_of, edition, invoice_of, line, october_lines


def table(pieces: Iterable[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))


def test_each_detailed_line_has_a_row_and_the_amounts_add_up_to_the_net_total() -> None:
    rows = table(lines_csv(edition()))
    assert len(rows) == 13
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("12532.90")


def test_a_row_says_all_that_its_amount_comes_from() -> None:
    seats = table(lines_csv(edition()))[1]
    assert {name: value for name, value in seats.items() if value} == {
        "document": "HARB-2026-0007",
        "kind": "invoice",
        "issued_on": "2026-11-04",
        "client": "harbour",
        "period": "2026-10",
        "currency": "EUR",
        "line": "2",
        "price_code": "seats",
        "name": "Seats",
        "line_kind": "fixed",
        "model": "flat",
        "timing": "in arrears",
        "service_from": "2026-10-15",
        "service_to": "2026-10-31",
        "tax_code": "NL-21",
        "too_late": "false",
        "detail": "1",
        "detail_kind": "change_charge",
        "text": "Change Charge",
        "quantity": "3",
        "unit_price": "20.00",
        "flat_fee": "0",
        "days": "17",
        "period_days": "31",
        "amount": "32.90",
    }


def test_a_unit_price_has_all_its_digits() -> None:
    requests = table(lines_csv(edition()))[6]
    assert (requests["unit"], requests["unit_price"]) == ("request", "0.0045")
    assert requests["line_quantity"] == "2345678"


def test_a_line_without_detailed_lines_has_a_row_of_its_own() -> None:
    empty = line(1, "idle")
    rows = table(lines_csv(edition(document_of(invoice_of(empty)))))
    assert [(row["line"], row["detail"], row["amount"]) for row in rows] == [("1", "", "0.00")]


def test_f43_no_text_of_a_line_is_a_formula_in_the_safe_form() -> None:
    hostile = replace(
        october_lines()[0],
        name="=cmd|' /C calc'!A0",
        reason="@SUM(A1)",
        reference="+1",
        clause="-1",
        tax_code="",
    )
    text = b"".join(lines_csv(edition(document_of(invoice_of(hostile))), safe=True)).decode()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell[:1] in {*"=+@-"}] == []
    assert "'=cmd|' /C calc'!A0" in cells


EVENT = RecordRow(
    occurred_at=datetime(2026, 10, 12, 14, 5, tzinfo=UTC),
    meter="backup-gb",
    resource="=nas-1",
    quantity=Decimal("-0.5"),
    running_quantity=Decimal("1742.31"),
    tier="Standard",
    added=Decimal("0.0045"),
    event_id=UUID(int=7),
    source="collector",
    source_event_id="r-7",
)
MINIMUM = RecordRow(kind="minimum", added=Decimal(30), text="Minimum of 100.00")


def test_records_say_what_each_added_and_what_completes_the_sum() -> None:
    event, minimum = table(records_csv([EVENT, MINIMUM], "EUR"))
    assert {name: value for name, value in event.items() if value} == {
        "kind": "event",
        "occurred_at": "2026-10-12T14:05:00.000000Z",
        "meter": "backup-gb",
        "resource": "=nas-1",
        "quantity": "-0.5",
        "running_quantity": "1742.31",
        "tier": "Standard",
        "added": "0.0045",
        "currency": "EUR",
        "event_id": "00000000-0000-0000-0000-000000000007",
        "source": "collector",
        "source_event_id": "r-7",
    }
    assert (minimum["kind"], minimum["added"], minimum["text"]) == (
        "minimum",
        "30",
        "Minimum of 100.00",
    )


def test_f43_a_resource_that_begins_like_a_formula_is_defused_and_its_quantity_is_not() -> None:
    text = b"".join(records_csv([EVENT], "EUR", safe=True)).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["resource"], row["quantity"]) == ("'=nas-1", "-0.5")


def test_a_record_that_counts_nothing_says_why() -> None:
    taken_back = replace(
        EVENT, added=None, excluded="superseded", superseded_by=UUID(int=9), supersedes=UUID(int=3)
    )
    (row,) = table(records_csv([taken_back], "EUR"))
    assert (row["added"], row["excluded"]) == ("", "superseded")
    assert row["superseded_by"] == "00000000-0000-0000-0000-000000000009"
    assert row["supersedes"] == "00000000-0000-0000-0000-000000000003"
