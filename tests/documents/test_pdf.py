"""The PDF: what a finance department finds on it, in its own way to write."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from billing_core.invoicing.document import Document, DocumentKind
from documents.pdf import invoice_pdf
from documents.pdf.fonts import REPLACEMENT, shown
from tests.documents.made import (
    HARBOUR,
    backup,
    detail,
    document_of,
    edition,
    fixed,
    invoice_of,
    line,
    october,
)
from tests.support.source_tree import ROOT

NBSP = "\u00a0"


def pages(document: Document | None = None, **fields: Any) -> list[str]:  # noqa: ANN401 - any field
    """Give the text of each page, with plain blanks, one after the other."""
    reader = PdfReader(BytesIO(invoice_pdf(edition(document, **fields))))
    return [" ".join(page.extract_text().replace(NBSP, " ").split()) for page in reader.pages]


@cache
def october_text() -> str:
    return whole()


def whole(document: Document | None = None, **fields: Any) -> str:  # noqa: ANN401 - any field
    return " ".join(pages(document, **fields))


def long_document(lines: int) -> Document:
    made = [
        fixed(number, "seat", detail("fee", "3", "20.00", "60.00"))
        if number % 4 == 0
        else backup(number)
        for number in range(1, lines + 1)
    ]
    return document_of(invoice_of(*made))


CREDIT_NOTE = document_of(
    invoice_of(
        replace(
            line(1, "backup-storage", detail("credit", "1", "-211.00", "-211.00")),
            credits_line=3,
        )
    ),
    number="HARB-2026-0008",
    kind=DocumentKind.CREDIT_NOTE,
    corrects="HARB-2026-0007",
    reason="The backup of 12 October was measured twice.",
)


@pytest.mark.parametrize(
    "said",
    [
        "Invoice HARB-2026-0007",
        "October usage and fee + November fee",
        "Fernhill Managed Services B.V. Keizersgracht 1 1015 CN Amsterdam Nederland",
        "Tax number NL001234567B01 billing@fernhill.example",
        "Billed to Harbour Freight Lines B.V. Waalhaven 12 3087 BB Rotterdam Nederland",
        "Tax number NL009876543B02",
        "Date 4 nov 2026",
        "To be paid by 4 dec 2026",
        "Billing period 1–31 okt 2026 (Europe/Amsterdam)",
        "Your purchase order PO-2026-118",
        "Agreement HARB-2026",
        "IBAN NL91 ABNA 0417 1643 00",
        "Please name HARB-2026-0007.",
    ],
)
def test_parties_dates_and_payment_are_said(said: str) -> None:
    assert said in october_text()


@pytest.mark.parametrize(
    "said",
    [
        "Fixed fees",
        "1 Base platform 1–30 nov 2026 1 € 1.200,00 € 1.200,00",
        "Agreement: § 4.1",
        "Change Charge, × 17 ÷ 31 days 3 € 20,00 € 32,90",
        "Fixed fees, tax not included € 1.232,90",
        "Variable charges",
        "3 Backup storage 1–31 okt 2026 2.640,5 GB € 211,00",
        "Included: 500 500 GB € 0,00 € 0,00",
        "Standard: Up to 1,500 1.500 GB € 0,12 € 180,00",
        "Burst: Above 1,500 640,5 GB € 0,085 € 54,44",
        "Discount of 10 % € 234,44 −10% −€ 23,44",
        "Reason: Agreed for the first year",
        "Minimum, less € 70,00 1 € 100,00 € 30,00",
        "Reference: PO 4711, approved by M. de Wit",
        "Variable charges, tax not included € 11.290,50",
        "Adjustments of earlier months",
        "Billed by HARB-2026-0006 1 −€ 240,50 −€ 240,50",
        "Adjusts september 2026: what it comes to now, less what was billed for it",
        "Now: Standard: Usage: 1.500 × € 0,12 = € 180,00",
    ],
)
def test_lines_are_grouped_and_each_figure_stands_with_what_it_is_made_of(said: str) -> None:
    assert said in october_text()


def test_a_unit_price_stands_in_full() -> None:
    assert "4 Requests 1–31 okt 2026 2.345.678 requests € 0,0045 € 10.555,55" in october_text()


def test_every_total_says_whether_tax_is_in_it() -> None:
    text = october_text()
    assert "To be paid by 4 dec 2026, tax included € 15.101,81" in text
    assert "Net total, tax not included € 12.532,90" in text
    assert "VAT 21 % on € 12.232,90 € 2.568,91" in text
    assert "VAT reverse charged on € 300,00 € 0,00" in text
    assert "VAT reverse charged, Article 196 of Directive 2006/112/EC." in text
    assert "Total, tax included € 15.101,81" in text


def test_a_rate_that_its_name_leaves_out_is_said() -> None:
    document = october()
    taxes = (replace(document.invoice.taxes[0], name="VAT"), document.invoice.taxes[1])
    document = replace(document, invoice=replace(document.invoice, taxes=taxes))
    assert "VAT 21% on € 12.232,90" in whole(document)


def test_it_says_how_it_is_verified() -> None:
    text = whole(portal_url="https://portal.example.com")
    fingerprint = "".join(f"{number:02x}" for number in range(32))
    assert f"Fingerprint of its manifest (SHA-256): {fingerprint}" in text
    assert "python -m jobs verify BUNDLE.zip --key KEY" in text
    assert "docs/verify.md" in text
    assert "3.120 records stand behind it" in text
    assert "https://portal.example.com/invoices" in text
    assert "How to verify" not in whole(manifest_hash=None)


def test_a_credit_note_says_what_it_credits_and_why() -> None:
    text = whole(CREDIT_NOTE)
    assert "Credit note HARB-2026-0008" in text
    assert "Credit note for HARB-2026-0007." in text
    assert "Reason: The backup of 12 October was measured twice." in text
    assert "Credits line 3 of the credited document" in text
    assert "Credited to you, tax included € 211,00" in text
    assert "Payment" not in text
    assert "To be paid" not in text


def test_a_statement_says_that_it_is_no_invoice() -> None:
    text = whole(is_legal=False)
    assert "Statement HARB-2026-0007" in text
    assert "This is a statement of what was computed, not an invoice" in text
    assert "Total of the statement, tax included € 15.101,81" in text
    assert "IBAN" not in text


def test_what_takes_the_place_of_a_credited_document_says_so() -> None:
    text = whole(october(replaces="HARB-2026-0006", reason="Another rate card"))
    assert "This takes the place of HARB-2026-0006, which was credited." in text


def test_figures_are_written_as_in_the_clients_country() -> None:
    text = whole(october(), locale="en_IN")
    assert "€10,555.55" in text
    assert "2,345,678 requests" in text or "23,45,678 requests" in text
    assert "4 Nov 2026" in text


def test_each_page_has_its_number_and_the_tables_head() -> None:
    found = pages(long_document(40))
    assert len(found) > 3
    for number, text in enumerate(found, start=1):
        assert text.endswith(
            f"Invoice HARB-2026-0007 · Fernhill Managed Services B.V. {number} of {len(found)}"
        )
    head = "No. What for Service period Quantity Unit price Amount, net"
    assert all(head in text for text in found)
    assert all(text.startswith(head) for text in found[1:])


@pytest.mark.parametrize("lines", range(10, 18))
def test_totals_never_stand_without_a_line_above_them(lines: int) -> None:
    (page,) = (text for text in pages(long_document(lines)) if "Net total" in text)
    before, _, after = page.partition("Net total, tax not included")
    assert "Backup storage" in before
    assert "Total, tax included" in after


@pytest.mark.parametrize("lines", [9, 10, 11, 12])
def test_a_line_and_its_figures_stand_on_one_page(lines: int) -> None:
    for text in pages(long_document(lines)):
        assert text.count("Backup storage") == text.count("Discount of 10 %")


def test_a_long_figure_stands_below_its_row_and_is_never_cut() -> None:
    quantity = "123456789012345678.123456789012345"
    long = line(
        1,
        "egress",
        detail("usage", quantity, "0.000000000001", "123456.79"),
        meter="backup-gb",
        quantity=Decimal(quantity),
    )
    text = whole(document_of(invoice_of(long)))
    assert "Quantity: 123.456.789.012.345.678,123456789012345 GB" in text
    assert "€ 0,000000000001 € 123.456,79" in text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ärger & Söhne", "Ärger & Söhne"),
        ("«Гавань»", "«Гавань»"),
        ("Λιμάνι", "Λιμάνι"),
        ("€ ₹ £ ¥ ₴ ₺", "€ ₹ £ ¥ ₴ ₺"),
        ("\uffe5\uff37ide", "¥Wide"),
        ("港運", REPLACEMENT * 2),
        ("שלום", REPLACEMENT * 4),
        ("A\u202eB\u200b\x07", f"A{REPLACEMENT}B{REPLACEMENT * 2}"),
        ("e\u0301", "é"),
        ("a\nb", "a b"),
    ],
)
def test_letters_are_shown_or_visibly_replaced(written: str, read: str) -> None:
    assert shown(written) == read


def test_f42_hostile_and_foreign_texts_are_shown_as_text() -> None:
    name = "<b>**x**</b> __y__ 港 \u202eevil https://evil.example {nb}"
    document = document_of(
        invoice_of(
            replace(line(1, "a", detail("usage", "1", "1", "1.00")), name=name, reason="x" * 1000)
        ),
        client=replace(HARBOUR, name=name, address="\n".join(["street " * 30] * 12)),
    )
    content = invoice_pdf(edition(document))
    text = " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())
    assert f"<b>**x**</b> __y__ {REPLACEMENT} {REPLACEMENT}evil https://evil.example" in text
    assert b"/URI" not in content
    assert b"/Link" not in content


def test_a_document_without_lines_has_totals() -> None:
    text = whole(document_of(invoice_of()))
    assert "Net total, tax not included € 0,00" in text
    assert "To be paid, tax included € 0,00" in text


def test_the_file_is_made_for_archives_and_says_what_it_is() -> None:
    content = invoice_pdf(edition())
    reader = PdfReader(BytesIO(content))
    about = reader.xmp_metadata
    assert about is not None
    assert about.dc_title == {"x-default": "Invoice HARB-2026-0007"}
    assert about.dc_creator == ["Fernhill Managed Services B.V."]
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>U</pdfaid:conformance>" in content
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]  # a page's own
    assert {font.get_object()["/Subtype"] for font in fonts} == {"/Type0"}
    assert all("/ToUnicode" in font.get_object() for font in fonts)


DIGEST = """
import hashlib
from documents.pdf import invoice_pdf
from tests.documents.made import edition
print(hashlib.sha256(invoice_pdf(edition())).hexdigest())
"""


def test_the_same_document_gives_the_same_bytes_in_every_process() -> None:
    here = hashlib.sha256(invoice_pdf(edition())).hexdigest()
    told = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == here


def test_two_hundred_lines_add_up_over_many_pages() -> None:
    found = pages(long_document(200))
    assert len(found) > 10
    text = " ".join(found)
    assert text.count("Backup storage") == 150
    assert "Total, tax included € 34.650,00" in text
