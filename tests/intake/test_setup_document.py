"""docs/setup.md documents every file and every column, and no other."""

import re
from pathlib import Path

import pytest

from billing_core.metering import Aggregation
from billing_core.prices import ChargeModel
from billing_core.setup import Books, Role
from billing_core.taxes import TaxTreatment
from intake.setup import COLUMNS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "setup.md").read_text("utf-8")


def section_of(file: str) -> str:
    """The text from a file's heading to the next one."""
    return DOCUMENT.partition(f"\n## {file}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("file", COLUMNS)
def test_each_column_of_a_file_is_documented_in_its_order(file: str) -> None:
    table = section_of(file).partition("| empty | example |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == list(COLUMNS[file])


def test_no_other_file_is_documented() -> None:
    assert re.findall(r"^## (\w+\.csv)$", DOCUMENT, re.MULTILINE) == list(COLUMNS)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("prices.csv", tuple(ChargeModel)),
        ("meters.csv", tuple(Aggregation)),
        ("people.csv", tuple(Role)),
        ("issuer.csv", tuple(Books)),
        ("taxes.csv", tuple(TaxTreatment)),
    ],
)
def test_each_word_that_a_cell_may_hold_is_documented(file: str, words: tuple[str, ...]) -> None:
    section = section_of(file)
    assert [word for word in words if f"`{word}`" not in section] == []
