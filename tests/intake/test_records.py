"""Refused rows read again, and corrections that withdraw."""

import json
from pathlib import Path

import pytest

from intake.profiles.found import Billed
from intake.profiles.measurements import Measured, superseded_id
from intake.profiles.profile_file import AnyProfile, load_profile, parse_profile
from intake.profiles.reading import measure_record
from intake.profiles.refusals import RefusedRow
from tests.intake.bills import CLOSED_BOOK, FOCUS, bill, told

REASON = "a reason has 1 to 1,000 characters, no spaces at its ends and no line break"
HEADER = "time,meter,resource,quantity,id,supersedes,reason,withdraws\n"
AT = "2026-10-01T00:00:00Z"
USAGE = load_profile("usage")
SITES = """
name = "sites"
kind = "csv"
id = ["id"]
[time]
column = "at"
zone = "Europe/Amsterdam"
[resource]
constant = "site"
[[meters]]
meter = "egress"
quantity = "out"
[[meters]]
meter = "ingress"
quantity = "in"
"""


def again(record: str, profile: AnyProfile = USAGE) -> list[Measured | Billed | RefusedRow]:
    return measure_record(record, profile, "harbour", "cloud-bill")


def in_file(folder: Path, row: str) -> list[Measured]:
    text = (Path("intake") / "profiles" / "usage.toml").read_text(encoding="utf-8")
    return told(folder, HEADER + row, text).measured


def fields_of(found: list[Measured | Billed | RefusedRow]) -> list[tuple[object, ...]]:
    """All but the line, which a record has lost."""
    return [tuple(each[1:]) for each in found if isinstance(each, tuple)]


def test_a_mended_row_is_the_event_that_its_file_would_have_given(tmp_path: Path) -> None:
    (row,) = told(
        tmp_path,
        HEADER + f"{AT},egress,vm,1;5,a,,,\n",
        (Path("intake") / "profiles" / "usage.toml").read_text(encoding="utf-8"),
    ).refused
    assert [type(each) for each in again(row.record)] == [RefusedRow]
    mended = json.dumps({**json.loads(row.record), "quantity": "1.5"})
    assert fields_of(again(mended)) == fields_of([*in_file(tmp_path, f"{AT},egress,vm,1.5,a,,,\n")])


def test_a_row_of_several_meters_is_read_whole(tmp_path: Path) -> None:
    record = '{"id": "1", "at": "2026-10-01T00:00:00", "out": "1", "in": "x"}'
    first, second = again(record, parse_profile(SITES, "sites.toml"))
    assert isinstance(first, Measured)
    assert (first.meter, first.occurred) == ("egress", "2026-09-30T22:00:00.000000Z")
    assert isinstance(second, RefusedRow)
    assert second.code == "number"


def test_a_bill_row_read_again_keeps_its_id_among_equal_rows(tmp_path: Path) -> None:
    found = told(tmp_path, bill({"BilledCost": "x"}, {"BilledCost": "7"}), CLOSED_BOOK)
    profile = parse_profile(CLOSED_BOOK, "bill.toml")
    mended = json.dumps({**json.loads(found.refused[0].record), "BilledCost": "50"})
    billed, event = again(mended, profile)
    assert isinstance(event, Measured)
    assert isinstance(billed, Billed)
    assert (event.quantity, billed.cost) == ("56", "50")
    assert event.source_event_id.endswith("-1")
    assert found.measured[0].source_event_id == event.source_event_id[:-1] + "2"


def test_the_record_of_a_value_that_the_database_rejected_is_the_same_event(
    tmp_path: Path,
) -> None:
    record = (
        '{"time": "2026-10-01T02:00:00+02:00", "meter": "egress", "resource": "vm", '
        '"quantity": "1.500000000000000", "id": "a"}'
    )
    for profile in (USAGE, parse_profile(SITES, "sites.toml")):
        assert fields_of(again(record, profile)) == fields_of(
            [*in_file(tmp_path, f"{AT},egress,vm,1.5,a,,,\n")]
        )


def test_the_record_of_a_bill_keeps_its_cost(tmp_path: Path) -> None:
    (event,) = (found := told(tmp_path, bill({"BilledCost": "50"}), CLOSED_BOOK)).measured
    (billed,) = found.billed
    record = json.dumps(
        {
            "time": event.occurred, "meter": event.meter, "resource": event.resource,
            "quantity": event.quantity, "id": event.source_event_id, "currency": "USD",
            "cost": "50", "provider": "AWS", "service": "Queues",
        }
    )  # fmt: skip
    assert fields_of(again(record, parse_profile(CLOSED_BOOK, "b"))) == fields_of([event, billed])


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("not json", "row"),
        ("[1]", "row"),
        ('{"time": "a", "time": "b"}', "row"),
        ('{"colour": "red"}', "row"),
        ('{"time": "x", "meter": "m", "resource": "r", "quantity": "1", "id": "1"}', "time"),
        (
            (
                '{"time": "2026-10-01T00:00:00Z", "meter": "m", "resource": "r", "quantity": "1", '
                '"id": "1", "supersedes_event": "zz", "reason": "why"}'
            ),
            "text",
        ),
    ],
)
def test_what_can_not_be_read_again_is_refused_in_words(record: str, code: str) -> None:
    for profile in (USAGE, parse_profile(FOCUS, "bill.toml")):
        (row,) = again(record, profile)
        assert isinstance(row, RefusedRow)
        assert row.code == code


def test_a_bill_row_that_the_profile_leaves_out_is_refused() -> None:
    record = '{"ChargeCategory": "Tax"}'
    (row,) = again(record, load_profile("focus"))
    assert isinstance(row, RefusedRow)
    assert row.reason == "the profile leaves it out: tax that the vendor charges the MSP"


def test_a_row_may_withdraw_an_event(tmp_path: Path) -> None:
    (event,) = in_file(tmp_path, f"{AT},egress,vm,,b,a,sent twice,yes\n")
    assert (event.quantity, event.withdraws, event.reason) == ("0", "t", "sent twice")
    assert event.supersedes == superseded_id("cloud-bill", "a", "egress")


def test_a_row_that_says_no_only_supersedes(tmp_path: Path) -> None:
    (event,) = in_file(tmp_path, f"{AT},egress,vm,2,b,a,miscounted,no\n")
    assert (event.quantity, event.withdraws) == ("2", None)


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        (",b,,,yes", "withdraws", "it withdraws, but names no event (supersedes)"),
        (",b,a,,yes", "reason", "an event that supersedes another must say why (reason)"),
        ("2,b,a,why,yes", "withdraws", "a row that withdraws an event can't have a quantity"),
        (
            ",b,a,why,ja",
            "withdraws",
            "'ja' is neither yes nor no (true, false, or empty)",
        ),
        ("2,b,,why,", "reason", "there is a reason, but no event that is superseded"),
        ("2,b,a, why,", "reason", REASON),
        (f"2,b,a,{'x' * 1001},", "reason", REASON),
    ],
)
def test_a_correction_that_is_not_whole_is_refused(
    tmp_path: Path, row: str, code: str, reason: str
) -> None:
    text = (Path("intake") / "profiles" / "usage.toml").read_text(encoding="utf-8")
    (refused,) = told(tmp_path, f"{HEADER}{AT},egress,vm,{row}\n", text).refused
    assert (refused.code, refused.reason) == (code, reason)


def test_json_says_that_it_withdraws_with_true(tmp_path: Path) -> None:
    text = (Path("intake") / "profiles" / "usage-jsonl.toml").read_text(encoding="utf-8")
    row = {"time": AT, "meter": "egress", "resource": "vm", "id": "b", "supersedes": "a"}
    line = json.dumps({**row, "reason": "why", "withdraws": True})
    (event,) = told(tmp_path, line + "\n", text).measured
    assert (event.quantity, event.withdraws) == ("0", "t")
