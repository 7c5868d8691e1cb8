"""Files of several clients: each row names its own, verbatim."""

from pathlib import Path

import pytest

from billing_core.faults import Faults
from intake.profiles.found import Reader
from intake.profiles.measurements import measuring
from intake.profiles.profile_file import parse_profile
from tests.intake.bills import FOCUS, Told, bill, told

USAGE = """
name = "shared"
kind = "csv"
client = "customer"
id = ["id"]
[time]
column = "time"
zone = "offset"
[resource]
column = "vm"
[[meters]]
meter = "egress"
quantity = "gb"
"""
MAPPED = USAGE + '[clients]\n"A-1" = "harbour"\n"A-2" = "millbrook"\n'
HEADER = "time,vm,gb,id,customer\n"
AT = "2026-10-01T00:00:00Z"
KNOWN = {"harbour": True, "millbrook": True, "NA": True, "null": True, "0012": True, "1e5": True}


def shared(
    folder: Path, content: str, profile: str = USAGE, known: dict[str, bool] | None = None
) -> Told:
    return told(folder, content, profile, client=None, known=KNOWN if known is None else known)


def test_each_row_is_its_clients(tmp_path: Path) -> None:
    content = f"{HEADER}{AT},vm,1,a,harbour\n{AT},vm,2,b,millbrook\n{AT},vm,3,c,harbour\n"
    found = shared(tmp_path, content)
    taken = zip(found.clients, found.measured, strict=True)
    assert [(client, each.quantity) for client, each in taken] == [
        ("harbour", "1"),
        ("millbrook", "2"),
        ("harbour", "3"),
    ]


def test_a_row_of_one_client_hashes_as_in_a_file_of_its_own(tmp_path: Path) -> None:
    found = shared(tmp_path, f"{HEADER}{AT},vm,1,a,harbour\n")
    measure = measuring("harbour", "cloud-bill")
    assert found.measured == [
        measure(2, "a", "egress", "2026-10-01T00:00:00.000000Z", "1", "vm", None, None, None, None)
    ]


@pytest.mark.parametrize("slug", ["NA", "null", "0012", "1e5"])
def test_f15_a_client_is_named_verbatim(tmp_path: Path, slug: str) -> None:
    assert shared(tmp_path, f"{HEADER}{AT},vm,1,a,{slug}\n").clients == [slug]


@pytest.mark.parametrize("named", ["harbor", "HARBOUR", " harbour", "12", "100000"])
def test_f14_a_row_of_an_unknown_client_is_set_apart_and_the_rest_loads(
    tmp_path: Path, named: str
) -> None:
    found = shared(tmp_path, f"{HEADER}{AT},vm,1,a,{named}\n{AT},vm,2,b,harbour\n")
    (row,) = found.unassigned
    assert (row.line, row.code, row.client) == (2, "client", named)
    assert row.reason == f"there is no client {named!r}; add it to the setup, then replay"
    assert '"gb": "1"' in row.record
    assert found.clients == ["harbour"]


def test_f14_a_row_that_names_no_client_or_is_no_row_is_set_apart(tmp_path: Path) -> None:
    found = shared(tmp_path, f"{HEADER}{AT},vm,1,a,\n{AT},vm\n{AT},vm,2,b,harbour\n")
    assert [(row.line, row.code, row.client) for row in found.unassigned] == [
        (2, "client", ""),
        (3, "row", ""),
    ]


def test_f14_a_client_without_the_source_has_its_rows_in_quarantine(tmp_path: Path) -> None:
    content = f"{HEADER}{AT},vm,1,a,harbour\n{AT},vm,2,b,millbrook\n"
    found = shared(tmp_path, content, known={"harbour": True, "millbrook": False})
    assert found.clients == ["harbour"]
    assert [(row.line, row.code) for row in found.refused] == [(3, "source")]
    assert found.refused[0].reason == (
        "the client has no source 'cloud-bill'; add it to the setup, then replay"
    )


def test_texts_may_stand_for_clients(tmp_path: Path) -> None:
    content = f"{HEADER}{AT},vm,1,a,A-1\n{AT},vm,2,b,A-2\n{AT},vm,3,c,harbour\n"
    found = shared(tmp_path, content, MAPPED)
    assert found.clients == ["harbour", "millbrook"]
    assert [row.reason for row in found.unassigned] == [
        "the profile's [clients] has no entry for 'harbour' of the column customer"
    ]


def test_rows_without_ids_are_counted_by_client(tmp_path: Path) -> None:
    profile = USAGE.replace('id = ["id"]\n', 'ignored = ["id"]\n')
    rows = "".join(f"{AT},vm,1,,{client}\n" for client in ("harbour", "millbrook", "harbour"))
    found = shared(tmp_path, HEADER + rows, profile)
    assert [each.source_event_id[-2:] for each in found.measured] == ["-1", "-1", "-2"]


def test_json_lines_may_name_their_client(tmp_path: Path) -> None:
    profile = USAGE.replace('"csv"', '"jsonl"')
    row = f'{{"time": "{AT}", "vm": "a", "gb": 1, "id": "1", "customer": "0012"}}\n'
    assert shared(tmp_path, row, profile).clients == ["0012"]


BILLS = FOCUS.replace("meter", 'client = "SubAccountId"\nmeter')
BY_TAG = FOCUS.replace("meter", 'client = "Tags:client"\nmeter')


def test_bills_name_clients_by_sub_account(tmp_path: Path) -> None:
    profile = BILLS + '[clients]\n"517" = "harbour"\n"438" = "millbrook"\n'
    rows = [{"SubAccountId": each} for each in ("517", "438", "NULL", "999")]
    found = shared(tmp_path, bill(*rows), profile)
    assert found.clients == ["harbour", "millbrook"]
    assert [row.reason for row in found.unassigned] == [
        "the column SubAccountId names no client",
        "the profile's [clients] has no entry for '999' of the column SubAccountId",
    ]


def test_bills_name_clients_by_tag(tmp_path: Path) -> None:
    rows = [{"Tags": '{"client": "harbour"}'}, {"Tags": "{}"}, {"Tags": '{"client": "0012"}'}]
    found = shared(tmp_path, bill(*rows), BY_TAG)
    assert found.clients == ["harbour", "0012"]
    assert [row.line for row in found.unassigned] == [3]


def test_equal_rows_of_two_clients_are_counted_apart(tmp_path: Path) -> None:
    rows = [{"Tags": f'{{"client": "{each}"}}'} for each in ("harbour", "millbrook")]
    found = shared(tmp_path, bill(*rows), BY_TAG)
    again = shared(tmp_path, bill(*reversed(rows)), BY_TAG)
    assert {each.source_event_id[-2:] for each in found.measured} == {"-1"}
    assert {each.leaf_hash for each in found.measured} == {
        each.leaf_hash for each in again.measured
    }


def test_the_client_column_can_not_be_optional() -> None:
    with pytest.raises(Faults, match="customer can't be left out"):
        parse_profile(USAGE.replace("[time]", 'optional = ["customer"]\n[time]'), "p.toml")


def test_a_reader_of_one_client_needs_to_know_no_other() -> None:
    assert Reader(source="s", client="harbour", known={}).known == {}
