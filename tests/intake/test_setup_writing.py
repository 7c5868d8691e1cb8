"""What is read is written back as the same bytes, in canonical form."""

from pathlib import Path

import pytest

from intake.setup import COLUMNS, files_of, read_folder, read_setup
from tests.support.setup_files import EXAMPLE, contents_with, setup_with

DEMO = Path(__file__).parents[2] / "demo" / "setup"


@pytest.mark.parametrize("file", COLUMNS)
def test_the_example_is_written_back_byte_for_byte(file: str) -> None:
    assert files_of(setup_with())[file] == (EXAMPLE / file).read_bytes()


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
