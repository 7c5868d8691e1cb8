"""The draft for books that are kept elsewhere."""

import csv
import io
import json
from decimal import Decimal

from documents.books import COLUMNS, draft_csv, draft_json
from tests.documents.made import edition
from tests.support.source_tree import ROOT


def rows(*, safe: bool = False) -> list[dict[str, str]]:
    text = b"".join(draft_csv(edition(), safe=safe)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_line_is_one_unit_at_its_amount() -> None:
    backup = rows()[2]
    assert backup == {
        "document": "HARB-2026-0007",
        "client": "harbour",
        "client_name": "Harbour Freight Lines B.V.",
        "client_tax_number": "NL009876543B02",
        "period": "2026-10",
        "date": "2026-11-04",
        "due": "2026-12-04",
        "purchase_order": "PO-2026-118",
        "currency": "EUR",
        "line": "3",
        "code": "backup-storage",
        "description": (
            "Backup storage. Included: 500: 500 × 0 = 0.00; Up to 1,500: 1500 × 0.12 = 180.00; "
            "Above 1,500: 640.5 × 0.085 = 54.44; Discount of 10 %: 234.44 × -0.1 = -23.44. "
            "Agreed for the first year"
        ),
        "service_from": "2026-10-01",
        "service_to": "2026-10-31",
        "quantity": "1",
        "unit_price": "211.00",
        "net": "211.00",
        "tax_code": "NL-21",
        "tax_rate": "0.21",
    }


def test_an_accounting_system_that_computes_again_gets_the_same_totals() -> None:
    net: dict[str, Decimal] = {}
    for row in rows():
        amount = Decimal(row["quantity"]) * Decimal(row["unit_price"])
        net[row["tax_rate"]] = net.get(row["tax_rate"], Decimal(0)) + amount
    assert net == {"0.21": Decimal("12232.90"), "0": Decimal("300.00")}


def test_prorated_and_flat_figures_are_told_in_the_description() -> None:
    seats, compute = rows()[1], rows()[5]
    assert seats["description"] == "Seats. Change Charge: 3 × 20 × 17 ÷ 31 days = 32.90"
    assert compute["description"].endswith("Minimum: 1 × 100 + -70 = 30.00")


def test_the_json_holds_lines_details_taxes_and_totals_with_numbers_as_text() -> None:
    draft = json.loads(draft_json(edition()))
    assert draft["format"] == "meterglass-draft/1"
    assert (draft["net"], draft["tax"], draft["gross"]) == ("12532.90", "2568.91", "15101.81")
    assert draft["client"]["code"] == "harbour"
    assert draft["lines"][2]["details"][2] == {
        "kind": "usage",
        "text": "Above 1,500",
        "tier": "Burst",
        "quantity": "640.5",
        "unit_price": "0.085",
        "flat_fee": "0",
        "days": None,
        "period_days": None,
        "amount": "54.44",
    }
    assert draft["taxes"][1]["treatment"] == "reverse_charge"


def test_every_column_and_field_is_documented() -> None:
    page = (ROOT / "docs/books.md").read_text(encoding="utf-8")
    draft = json.loads(draft_json(edition()))
    line = draft["lines"][0]
    names = {column.name for column in COLUMNS} | set(draft) | set(line) | set(line["details"][0])
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
