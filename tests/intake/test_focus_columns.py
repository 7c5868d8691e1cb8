"""Which FOCUS version a header is, and what must be in it."""

from pathlib import Path

import pytest

from intake.focus.columns import (
    COSTLY,
    IDENTITY,
    INTRODUCED,
    MANDATORY,
    may_tell_a_cost,
    version_of,
)
from tests.intake.bills import HEADER, bill, refused_whole, told

ADDED = [("1.1", "SkuMeter"), ("1.1", "CapacityReservationId"), ("1.2", "InvoiceId")]


@pytest.mark.parametrize(("version", "column"), ADDED)
def test_a_version_is_known_by_the_columns_that_it_added(version: str, column: str) -> None:
    assert version_of([*HEADER, column]) == version


def test_a_header_without_later_columns_is_1_0() -> None:
    assert version_of(HEADER) == "1.0"
    assert version_of([*HEADER, "SkuMeter", "InvoiceId"]) == "1.2"


def test_each_version_has_as_many_columns_as_the_specification() -> None:
    assert [len(MANDATORY), len(INTRODUCED["1.1"]), len(INTRODUCED["1.2"])] == [21, 7, 7]


def test_nothing_that_tells_a_cost_is_part_of_an_identity() -> None:
    assert [column for column in IDENTITY if may_tell_a_cost(column)] == []
    assert [column for column in MANDATORY if COSTLY.search(column)] == [
        "BilledCost",
        "ContractedCost",
        "EffectiveCost",
        "ListCost",
    ]


def test_missing_mandatory_columns_refuse_the_file_and_are_all_named(tmp_path: Path) -> None:
    lacking = [column for column in HEADER if column not in {"BilledCost", "ListCost"}]
    assert refused_whole(tmp_path, ",".join(lacking) + "\n") == (
        "header (read as FOCUS 1.0): mandatory columns are missing: BilledCost, ListCost"
    )


def test_a_mandatory_column_that_no_bill_depends_on_is_only_told(tmp_path: Path) -> None:
    content = bill({"BilledCost": "1"}, without=["ServiceCategory", "ListCost"])
    found = told(tmp_path, content)
    assert found.notes == ["FOCUS 1.0; mandatory columns are missing: ListCost, ServiceCategory"]
    assert [each.quantity for each in found.measured] == ["1"]


def test_columns_of_the_vendors_own_are_allowed(tmp_path: Path) -> None:
    found = told(tmp_path, bill({"BilledCost": "1", "Id": "7", "x_Department": "sales"}))
    assert [each.quantity for each in found.measured] == ["1"]


def test_a_column_that_stands_there_twice_or_has_no_name_refuses_the_file(tmp_path: Path) -> None:
    header = ",".join([*HEADER, "BilledCost", ""])
    assert refused_whole(tmp_path, header + "\n") == (
        "header (read as FOCUS 1.0): the column 'BilledCost' stands there 2 times; "
        "column 23 has no name"
    )


def test_a_header_without_rows_refuses_the_file(tmp_path: Path) -> None:
    assert refused_whole(tmp_path, ",".join(HEADER) + "\n") == (
        "there is nothing to read: no rows below the header"
    )
