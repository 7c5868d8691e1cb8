"""Rows of bills: what becomes of costs, times, currencies, resources and ids."""

from pathlib import Path

import pytest

from intake.profiles.found import Billed
from tests.intake.bills import CLOSED_BOOK, FOCUS, bill, told

LONG = "arn:aws:" + "x" * 300


def test_a_row_is_an_event_whose_quantity_is_the_billed_cost(tmp_path: Path) -> None:
    row = {"BilledCost": "0.00000080000", "ResourceId": "arn:1", "ResourceName": "queue one"}
    found = told(tmp_path, bill(row))
    (event,), (billed,) = found.measured, found.billed
    assert (event.line, event.meter, event.quantity) == (2, "cloud-cost", "0.0000008")
    assert (event.occurred, event.resource) == ("2024-09-18T22:00:00.000000Z", "arn:1")
    assert billed == Billed(event.event_id, "USD", None, "AWS", "Queues", "queue one")


@pytest.mark.parametrize(
    ("cost", "quantity"),
    [
        ("0", "0"),
        ("-2.61370000000", "-2.6137"),
        ("0.000000000000001", "0.000000000000001"),
        ("8e-05", "0.00008"),
    ],
)
def test_costs_keep_every_digit_and_may_be_credits(
    tmp_path: Path, cost: str, quantity: str
) -> None:
    (event,) = told(tmp_path, bill({"BilledCost": cost})).measured
    assert event.quantity == quantity


@pytest.mark.parametrize(
    ("cost", "reason"),
    [
        (
            "$10,000.00 ",
            'BilledCost: "$10,000.00 " is not a number: write it like 1234.5, -0.02 or 8e-05',
        ),
        ("0.0000000000000001", 'BilledCost: "0.0000000000000001" has more than 15 decimals'),
        ("NULL", 'BilledCost: "" is not a number: write it like 1234.5, -0.02 or 8e-05'),
        ("-0", "BilledCost: -0 is not a number that can be measured: write 0"),
    ],
)
def test_f07_f08_what_is_no_cost_is_refused_never_rounded(
    tmp_path: Path, cost: str, reason: str
) -> None:
    found = told(tmp_path, bill({"BilledCost": cost}, {"BilledCost": "1"}))
    assert [(row.line, row.code, row.reason) for row in found.refused] == [(2, "number", reason)]
    assert [each.quantity for each in found.measured] == ["1"]


@pytest.mark.parametrize(
    "written", ["2024-09-18 22:00:00", "2024-09-18T22:00:00Z", "2024-09-19T00:00:00+02:00"]
)
def test_f18_a_time_without_an_offset_is_utc_in_a_bill(tmp_path: Path, written: str) -> None:
    (event,) = told(tmp_path, bill({"ChargePeriodStart": written})).measured
    assert event.occurred == "2024-09-18T22:00:00.000000Z"


@pytest.mark.parametrize("written", ["5/1/25", "2024-09-18", "NULL", "2024-02-30T00:00:00Z"])
def test_f18_what_is_no_time_is_refused(tmp_path: Path, written: str) -> None:
    (row,) = told(tmp_path, bill({"ChargePeriodStart": written})).refused
    assert (row.line, row.code) == (2, "time")
    assert row.reason.startswith("ChargePeriodStart: ")


def test_all_that_is_wrong_with_a_row_is_told_at_once_by_column(tmp_path: Path) -> None:
    row = {"ChargePeriodStart": "5/1/25", "BilledCost": "$1 ", "BillingCurrency": "dollar"}
    (refused,) = told(tmp_path, bill(row)).refused
    parts = refused.reason.split("; ")
    assert [part.split(":")[0] for part in parts] == [
        "ChargePeriodStart", "write it like 2026-10-25T02", "BilledCost", "BillingCurrency",
    ]  # fmt: skip
    assert refused.code == "time"


def test_a_year_that_was_paid_at_once_is_charged_at_its_start(tmp_path: Path) -> None:
    row = {
        "ChargeCategory": "Purchase",
        "ChargePeriodStart": "2024-09-01T00:00:00Z",
        "ChargePeriodEnd": "2025-09-01T00:00:00Z",
        "BilledCost": "10000",
    }
    (event,) = told(tmp_path, bill(row)).measured
    assert (event.occurred, event.quantity) == ("2024-09-01T00:00:00.000000Z", "10000")


def test_a_charge_without_a_resource_is_its_services(tmp_path: Path) -> None:
    (event,) = told(tmp_path, bill({"ResourceId": "NULL", "ResourceName": "ghost"})).measured
    assert event.resource == "Queues"


def test_a_resource_that_is_too_long_is_cut_and_stays_unlike_any_other(tmp_path: Path) -> None:
    found = told(tmp_path, bill({"ResourceId": LONG + "1"}, {"ResourceId": LONG + "2"}))
    one, other = (each.resource for each in found.measured)
    assert len(one) == len(other) == 200
    assert one != other
    assert one[:100] == LONG[:100]


def test_null_is_empty_and_other_words_are_names(tmp_path: Path) -> None:
    rows = [{"ResourceId": text} for text in ("NULL", "null", "NA", "0012", "1e5")]
    found = told(tmp_path, bill(*rows))
    assert [each.resource for each in found.measured] == ["Queues", "null", "NA", "0012", "1e5"]


def test_a_row_with_too_few_cells_is_refused_and_kept_by_column(tmp_path: Path) -> None:
    (row,) = told(tmp_path, bill() + "1,2\n").refused
    assert (row.code, row.reason) == ("row", "2 cells where the header has 21")
    assert row.record == '{"BilledCost": "1", "BillingAccountId": "2"}'


def ids(folder: Path, *rows: dict[str, str], profile: str = FOCUS) -> list[str]:
    return [each.source_event_id for each in told(folder, bill(*rows), profile).measured]


def test_equal_rows_are_told_apart_by_their_order(tmp_path: Path) -> None:
    one, two, other = ids(tmp_path, {}, {}, {"SkuId": "B"})
    assert (one[:-2], one[-2:], two[-2:]) == (two[:-2], "-1", "-2")
    assert other[:-2] != one[:-2]


@pytest.mark.parametrize(
    "changed",
    [
        {"BilledCost": "9"},
        {"ListCost": "9"},
        {"ContractedCost": "9"},
        {"EffectiveCost": "9"},
        {"ListUnitPrice": "9"},
        {"x_CostInEuro": "9"},
        {"PricingQuantity": "9"},
        {"ChargeDescription": "at $9"},
        {"Tags": '{"a": "b"}'},
        {"ServiceCategory": "Compute"},
    ],
)
def test_f03_a_corrected_row_is_known_as_the_same(tmp_path: Path, changed: dict[str, str]) -> None:
    assert ids(tmp_path, changed) == ids(tmp_path, {})


@pytest.mark.parametrize(
    "column",
    ["SubAccountId", "ResourceId", "SkuPriceId", "ChargeClass", "RegionId", "PricingCategory"],
)
def test_a_row_of_something_else_is_another(tmp_path: Path, column: str) -> None:
    assert ids(tmp_path, {column: "9"}) != ids(tmp_path, {})


def test_times_are_compared_as_instants(tmp_path: Path) -> None:
    assert ids(tmp_path, {"ChargePeriodStart": "2024-09-18 22:00:00"}) == ids(tmp_path, {})


def test_a_row_that_is_refused_keeps_its_place_among_equal_ones(tmp_path: Path) -> None:
    found = told(tmp_path, bill({"BilledCost": "x"}, {"BilledCost": "1"}))
    assert found.measured[0].source_event_id.endswith("-2")
    assert '-1"}' in found.refused[0].record


def test_an_id_of_the_vendors_own_is_taken(tmp_path: Path) -> None:
    profile = FOCUS.replace("meter", 'id = ["Id", "x_Line"]\nmeter')
    assert ids(tmp_path, {"Id": "7", "x_Line": "a/b"}, profile=profile) == ["7/a%2Fb"]


def test_closed_book_the_meter_holds_cost_and_rate_and_the_cost_is_apart(tmp_path: Path) -> None:
    found = told(tmp_path, bill({"BilledCost": "17.31"}), CLOSED_BOOK)
    assert [each.quantity for each in found.measured] == ["19.3872"]
    assert [each.cost for each in found.billed] == ["17.31"]


@pytest.mark.parametrize(
    ("cost", "retail"),
    [
        ("0.000000000000001", "0.000000000000001"),  # 0.00000000000000112
        ("0.000000000000005", "0.000000000000006"),  # 0.0000000000000056
        ("-0.000000000000005", "-0.000000000000006"),
    ],
)
def test_closed_book_the_retail_amount_is_rounded_once_to_15_decimals(
    tmp_path: Path, cost: str, retail: str
) -> None:
    (event,) = told(tmp_path, bill({"BilledCost": cost}), CLOSED_BOOK).measured
    assert event.quantity == retail


@pytest.mark.parametrize("cost", ["17,31", "17.3100000000000001", "999999999999999999"])
def test_closed_book_no_reason_quotes_a_cost(tmp_path: Path, cost: str) -> None:
    (row,) = told(tmp_path, bill({"BilledCost": cost}), CLOSED_BOOK).refused
    assert row.code == "number"
    assert cost not in row.reason
    assert "closed book" in row.reason


@pytest.mark.parametrize("column", ["BillingCurrency", "ChargePeriodStart", "ResourceId"])
def test_closed_book_no_reason_quotes_a_cost_that_slipped_into_another_column(
    tmp_path: Path, column: str
) -> None:
    (row,) = told(tmp_path, bill({column: "1234.56\t"}), CLOSED_BOOK).refused
    assert row.reason == f"{column} can't be read (closed book: it is not shown here)"


def test_closed_book_neither_id_nor_event_id_depends_on_the_cost(tmp_path: Path) -> None:
    one = told(tmp_path, bill({"BilledCost": "1"}), CLOSED_BOOK).measured[0]
    other = told(tmp_path, bill({"BilledCost": "2"}), CLOSED_BOOK).measured[0]
    assert (one.event_id, one.source_event_id) == (other.event_id, other.source_event_id)
