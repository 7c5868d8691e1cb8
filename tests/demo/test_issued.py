"""The demo's issued documents, taken apart: from their events, their files and their bundles.

A whole year of them would take minutes; these are of the eight months that late readings concern.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from billing_core.invoicing import InvoiceLine
from tests.documents.focus_rules import broken
from tests.support.artefacts import Artefacts, Numbered, artefacts_of
from tests.support.database import DatabaseServer
from tests.support.demo import KEY, STORIES, load_small_demo

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TOTALS = {"Net (tax not included)": "net", "Tax": "tax", "Total (tax included)": "gross"}
NUMBER = re.compile(r"[0-9][0-9.,]*[0-9]")
COUNTED = text("""
    SELECT i.number, (
        SELECT count(*) FROM billing.usage_event e
        WHERE e.client_id = i.client_id AND e.billing_period = i.billing_period) AS billed,
        sum(v.event_count) AS in_sets, sum(v.excluded_count) AS excluded, (
        SELECT count(*) FROM billing.evidence_exclusion x
        WHERE x.client_id = i.client_id AND x.invoice_id = i.invoice_id) AS listed
    FROM billing.invoice i JOIN billing.evidence v USING (client_id, invoice_id)
    WHERE i.corrects_invoice_id IS NULL GROUP BY i.client_id, i.invoice_id
""")


@pytest.fixture(scope="module")
def demo(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artefacts]:
    database, folder = server.copy(), tmp_path_factory.mktemp("demo")
    added = load_small_demo(database, folder, NOW, STORIES)
    assert added.refusals == ()
    with artefacts_of(database, folder) as artefacts:
        yield artefacts
    server.drop(database)


def test_every_month_of_every_client_has_its_document(demo: Artefacts) -> None:
    """Eight months of four clients, three of the young one, and the credit note of a dispute."""
    assert len(demo.documents) == 8 * 4 + 3 + 1


def test_each_bundle_verifies_and_gives_every_line_again_from_its_events(demo: Artefacts) -> None:
    for found in demo.documents:
        report, document = demo.verified(found, KEY), demo.document(found)
        assert [*map(str, report.findings), *report.remarks] == [], found
        (computed,) = [each for each in report.holds if each.startswith("Computed again")]
        lines, gross = re.findall(r"[-0-9.]+[0-9]|[0-9]+", computed)
        assert int(lines) == len(document.invoice.lines)
        assert Decimal(gross) == document.invoice.gross


def test_the_records_behind_each_line_of_a_document_add_up_to_it(demo: Artefacts) -> None:
    """That of Vandenberg adjusts July, that of Kaveri its commitment too."""
    for client, number in (("vandenberg", "VDB-2026-0006"), ("kaveri", "KAV-2026-0003")):
        found = Numbered(client=client, number=number)
        for line in demo.document(found).invoice.lines:
            rows = demo.records(found, line.number)
            assert sum(Decimal(row["added"] or 0) for row in rows) == line.amount, (
                found,
                line.name,
            )


def test_the_spreadsheet_computes_each_document_again(demo: Artefacts) -> None:
    for found in demo.documents:
        sheet, invoice = demo.spreadsheet(found), demo.document(found).invoice
        rows = sheet.book["Invoice"].iter_rows(min_row=1, max_col=1)
        places = {cell.value: cell.row for (cell,) in rows}
        for label, total in TOTALS.items():
            computed, issued, check = (
                sheet.value("Invoice", places[label], column) for column in (2, 3, 4)
            )
            wanted = float(getattr(invoice, total))
            assert (computed, issued, check) == (wanted, wanted, "agrees"), (found, label)


def test_csv_and_focus_of_each_document_come_to_its_total(demo: Artefacts) -> None:
    for found in demo.documents:
        invoice = demo.document(found).invoice
        lines = demo.rows(found, "csv")
        assert sum(Decimal(row["amount"]) for row in lines) == invoice.net, found
        bill = demo.bill(found)
        assert broken(bill) == []
        assert sum(Decimal(row["BilledCost"]) for row in bill.rows) == invoice.gross, found
        assert {row["InvoiceId"] for row in bill.rows} == {found.number}


def digits(number: str) -> str:
    """A number as every country writes it: €134.125,05 and $134,125.05 are the same here."""
    return re.sub(r"[^0-9]", "", number)


def test_the_last_document_of_each_client_says_its_total_on_paper(demo: Artefacts) -> None:
    last = {found.client: found for found in demo.documents}
    for found in last.values():
        written = {*map(digits, NUMBER.findall(demo.pages(found)))}
        assert digits(f"{demo.document(found).invoice.gross}") in written, found


def test_each_event_of_a_month_is_in_one_set_of_its_document(demo: Artefacts) -> None:
    with demo.portal.database.as_owner() as connection:
        rows = connection.execute(COUNTED).all()
    assert len(rows) == 8 * 4 + 3
    for row in rows:
        assert row.billed == row.in_sets, row.number
        assert row.excluded == row.listed, row.number


def adjusting(demo: Artefacts, client: str) -> dict[str, InvoiceLine]:
    """The lines that adjust earlier months, by number, month and price."""
    return {
        f"{found.number} {line.adjusts} {line.price_code}": line
        for found in demo.documents
        if found.client == client
        for line in demo.document(found).invoice.lines
        if line.adjusts
    }


def tiers(demo: Artefacts, client: str, number: str, price: str) -> list[str | None]:
    document = demo.document(Numbered(client=client, number=number))
    (line,) = [
        each for each in document.invoice.lines if each.price_code == price and not each.adjusts
    ]
    return [each.tier for each in line.detailed_lines if each.tier]


def test_a_late_record_crosses_a_tier_of_an_issued_month_and_another_follows(
    demo: Artefacts,
) -> None:
    """July held no burst; with 340.25 GB more it does, and all of another 45.5 is at 1.60."""
    assert tiers(demo, "vandenberg", "VDB-2026-0005", "security-logs") == ["Base", "Plus"]
    lines = adjusting(demo, "vandenberg")
    assert list(lines) == [
        "VDB-2026-0006 2026-07 security-logs",
        "VDB-2026-0007 2026-07 security-logs",
    ]
    first, second = lines.values()
    assert [each.tier for each in first.recomputed if each.tier] == ["Base", "Plus", "Burst"]
    assert second.amount == Decimal("72.80")


def test_a_correction_credits_and_what_is_too_late_is_charged_nothing(demo: Artefacts) -> None:
    """371.16 USD less of vendor cost, and 12 % on it: 415.70 less."""
    lines = adjusting(demo, "harbor-foods")
    told = {name: (str(line.amount), line.is_too_late) for name, line in lines.items()}
    assert told == {
        "HARB-2026-0006 2026-03 data-out": ("0.00", True),
        "HARB-2026-0006 2026-07 cloud": ("-415.70", False),
    }


def test_a_late_record_inside_a_paid_shortfall_changes_no_total(demo: Artefacts) -> None:
    """640 GB open seven more packages at 8.00, and the shortfall was paid already."""
    lines = adjusting(demo, "kaveri")
    assert {name: str(line.amount) for name, line in lines.items()} == {
        "KAV-2026-0003 2026-09 data-out": "56.00",
        "KAV-2026-0003 2026-09 commitment-shortfall": "-56.00",
    }


def test_a_late_level_raises_the_mean_of_an_issued_month(demo: Artefacts) -> None:
    """About 5,600 GB more for 19 hours of 744: 143 GB more on average, at 0.049."""
    ((name, line),) = adjusting(demo, "deltawerk").items()
    assert name == "DELT-2026-0007 2026-08 backup-storage"
    assert Decimal(6) < line.amount < Decimal(8)


def test_an_agreed_dispute_is_credited_with_the_tax_of_its_line(demo: Artefacts) -> None:
    """280.00 and 6.35 % of it, 17.78."""
    (found,) = [each for each in demo.documents if demo.document(each).corrects]
    document = demo.document(found)
    assert (found.number, document.corrects) == ("HARB-2026-0009", "HARB-2026-0007")
    assert (str(document.invoice.net), str(document.invoice.tax)) == ("-280.00", "-17.78")
