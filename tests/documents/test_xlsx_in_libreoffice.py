"""The spreadsheet as a real program computes it: LibreOffice, without its stored results."""

import csv
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from documents.xlsx import invoice_xlsx
from tests.documents.made import detail, document_of, edition, invoice_of, line

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(
    OFFICE is None,
    reason="no LibreOffice on this machine (Debian: apt-get install libreoffice-calc-nogui)",
)
#: CSV of every sheet, cells as their values.
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
RESULT = re.compile(rb"(</f>)<v>[^<]*</v>")


def without_results(content: bytes) -> bytes:
    """Take the stored results away, so that only the program can give them."""
    written = BytesIO()
    with ZipFile(BytesIO(content)) as parts, ZipFile(written, "w", ZIP_DEFLATED) as left:
        for name in parts.namelist():
            part = parts.read(name)
            if name.startswith("xl/worksheets/"):
                part = RESULT.sub(rb"\1", part).replace(b' t="str"><f>', b"><f>")
            left.writestr(name, part)
    return written.getvalue()


def computed(content: bytes, folder: Path) -> dict[str, list[list[str]]]:
    book = folder / "book.xlsx"
    book.write_bytes(without_results(content))
    command = [
        str(OFFICE),
        "--headless",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--convert-to", EVERY_SHEET, "--outdir", str(folder), str(book)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return dict(_sheets(folder))


def _sheets(folder: Path) -> Iterator[tuple[str, list[list[str]]]]:
    for path in folder.glob("book-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            yield path.stem.removeprefix("book-"), list(csv.reader(file))


def test_libreoffice_computes_the_same_bill_and_agrees_everywhere(tmp_path: Path) -> None:
    sheets = computed(invoice_xlsx(edition()), tmp_path)
    assert [row[10] for row in sheets["Detailed lines"][4:]] == [
        *("1200", "32.9", "0", "180", "54.44", "-23.44", "10555.55", "300", "70", "30"),
        *("250", "-240.5", "123.95"),
    ]
    assert {row[12] for row in sheets["Detailed lines"][4:]} == {"agrees"}
    assert {row[14] for row in sheets["Lines"][4:]} == {"agrees"}
    totals = {row[0]: row[1:] for row in sheets["Invoice"]}
    assert totals["Total (tax included)"] == ["15101.81", "15101.81", "agrees"]
    assert totals["All checks of this file"][0] == "agrees"
    assert sheets["Records summary"][6][4:8] == ["3120", "4", "0", "3116"]


def test_libreoffice_rounds_what_lies_between_two_cents_away_from_zero(tmp_path: Path) -> None:
    halves = (("1", "1.005", "1.01"), ("3", "0.335", "1.01"), ("1.15", "1.5", "1.73"))
    details = [detail("usage", *each) for each in halves]
    document = document_of(invoice_of(line(1, "price", *details)))
    sheets = computed(invoice_xlsx(edition(document)), tmp_path)
    assert [(row[10], row[12]) for row in sheets["Detailed lines"][4:]] == [
        ("1.01", "agrees"),
        ("1.01", "agrees"),
        ("1.73", "agrees"),
    ]
