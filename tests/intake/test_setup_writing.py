"""What is read is written back as the same bytes, in canonical form."""

from pathlib import Path

import pytest

from intake.setup import COLUMNS, files_of, read_folder, read_setup
from tests.support.setup_files import EXAMPLE, contents_with, setup_with

BITBRAINS = Path(__file__).parents[2] / "demo" / "bitbrains"
DEMO = Path(__file__).parents[2] / "demo" / "setup"


@pytest.mark.parametrize("file", COLUMNS)
def test_the_example_is_written_back_byte_for_byte(file: str) -> None:
    assert files_of(setup_with())[file] == (EXAMPLE / file).read_bytes()


@pytest.mark.parametrize("folder", [DEMO, BITBRAINS])
def test_the_folders_of_the_demo_are_in_canonical_form(folder: Path) -> None:
    written = files_of(read_folder(folder))
    assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == written


def test_a_rate_that_ends_before_the_next_begins_keeps_its_end() -> None:
    files = contents_with(("taxes.csv", "0.19,2001-01-01,,", "0.19,2001-01-01,2012-09-30,"))
    assert files_of(read_setup(files)) == files


def test_a_standard_rate_of_zero_is_written_and_no_other() -> None:
    files = contents_with(("taxes.csv", "19 %,standard,0.19", "0 %,standard,0"))
    assert files_of(read_setup(files)) == files


def test_what_is_written_reads_as_the_same_setup() -> None:
    demo = read_folder(DEMO)
    assert read_setup(files_of(demo)) == demo


def test_writing_what_was_written_changes_no_byte() -> None:
    once = files_of(read_folder(DEMO))
    assert files_of(read_setup(once)) == once


@pytest.mark.parametrize(
    ("file", "canonical", "written"),
    [
        ("prices.csv", ",0.0045,", ",4.50e-03,"),
        ("prices.csv", "flat,,2026-01-01,,4200,,,", "flat,,2026-01-01,2026-07-01,4200.00,month,,"),
        ("agreements.csv", "1500,,,", "1500,72,90,"),
        ("meters.csv", "Egress,GB,sum,,", "Egress,GB,sum,,no"),
        ("tiers.csv", "Base,500,0.09,,,", "Base,500,0.09,0,no,"),
        ("clients.csv", "en_NL", "en-NL"),
        ("people.csv", "it@harbour.example", "IT@Harbour.example"),
        ("people.csv", "harbour millbrook", "millbrook harbour"),
        ("clients.csv", "harbour,Harbour & Lane LLP", '"harbour","Harbour & Lane LLP"'),
        ("clients.csv", "Lindenallee 4\n", "Lindenallee 4\r\n"),
        ("issuer.csv", 'ABNANL2A",', 'ABNANL2A",here'),
        ("agreements.csv", "PO-2026-0117,,", "PO-2026-0117,30,"),
        ("taxes.csv", "standard,0.21", "standard,2.10e-01"),
        ("taxes.csv", "0.19,2001-01-01,,", "0.19,2001-01-01,2012-10-01,"),
        ("taxes.csv", "reverse_charge,,", "reverse_charge,0,"),
    ],
)
def test_a_cell_may_be_written_in_other_ways(file: str, canonical: str, written: str) -> None:
    files = contents_with((file, canonical, written))
    assert files_of(read_setup(files))[file] == contents_with()[file]


def test_numbers_are_written_without_exponent_and_trailing_zeros() -> None:
    setup = setup_with(("prices.csv", ",0.0045,", ",0.000000000001,"))
    assert b",0.000000000001," in files_of(setup)["prices.csv"]


def test_an_agreement_without_prices_and_a_client_without_agreement_are_written_back() -> None:
    files = contents_with(("clients.csv", "slug,", "slug,"))
    for file in ("prices.csv", "tiers.csv", "quantities.csv"):
        files[file] = files[file].splitlines(keepends=True)[0]
    files["clients.csv"] += b"quay,Quay,Europe/Lisbon,pt_PT,PT,,,,,\n"
    assert files_of(read_setup(files)) == files


def test_the_rows_of_an_agreement_come_in_the_order_of_its_code_and_days() -> None:
    files = contents_with()
    header, *rows = files["prices.csv"].splitlines(keepends=True)
    shuffled = {**files, "prices.csv": header + b"".join(reversed(rows))}
    assert files_of(read_setup(shuffled)) == files
