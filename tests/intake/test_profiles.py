"""Profiles: declared in TOML, checked whole; files read strictly by them."""

import gzip
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_core.event import UsageEvent, leaf_hash
from billing_core.faults import Faults
from billing_core.numbers import NumberFault, parse_number, plain
from intake.profiles.measurements import Measured, measuring, superseded_id
from intake.profiles.profile_file import load_profile, parse_profile, shipped_profiles
from intake.profiles.reading import measurements
from intake.profiles.refusals import FileRefused, Refusal, RefusedRow
from intake.profiles.text_file import look_through, opened
from intake.profiles.values import quantity_text

HEADER = "time,meter,resource,quantity,id\n"
NAIVE = """
name = "naive"
kind = "csv"
source = "collector"
id = ["id"]
[time]
column = "time"
zone = "Europe/Amsterdam"
[resource]
constant = "site"
[[meters]]
meter = "egress"
quantity = "gb"
"""
WITHOUT_ID = NAIVE.replace('id = ["id"]\n', "")


def read(
    folder: Path, content: str | bytes, profile: str = "usage"
) -> tuple[list[Measured], list[RefusedRow]]:
    """What is read of a file, and what is refused."""
    path = folder / "usage.file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    declared = parse_profile(profile, "test") if "\n" in profile else load_profile(profile)
    with opened(look_through(path)) as (text, _):
        found = [*measurements(text, declared, client="harbour", source="collector")]
    taken = [each for each in found if isinstance(each, Measured)]
    return taken, [each for each in found if isinstance(each, RefusedRow)]


def refused(folder: Path, content: str | bytes, profile: str = "usage") -> str:
    """Why the file is refused whole."""
    with pytest.raises(FileRefused) as refusal:
        read(folder, content, profile)
    return str(refusal.value)


def test_each_shipped_profile_loads() -> None:
    assert shipped_profiles() == ("bitbrains", "focus", "usage", "usage-jsonl")
    assert [load_profile(name).name for name in shipped_profiles()] == [*shipped_profiles()]


def test_every_fault_of_a_profile_is_named_at_once() -> None:
    with pytest.raises(Faults) as raised:
        parse_profile(
            'kind = "xml"\nsurce = "x"\n[time]\nzone = "Mars"\n[resource]\n'
            '[[meters]]\nmeter = "bad code"\nquantity = "q"\n',
            "mine.toml",
        )
    assert [str(fault) for fault in raised.value.faults] == [
        (
            "mine.toml: surce: unknown key; known here: client, clients, correction, delimiter, "
            "id, ignored, kind, meters, name, optional, resource, source, time"
        ),
        "mine.toml: name: needed: a text that is not empty",
        'mine.toml: kind: must be "csv", "jsonl" or "focus"',
        "mine.toml: time.column: needed: a text that is not empty",
        'mine.toml: time.zone: must be "offset" or a name of the IANA time zone list',
        "mine.toml: resource: needs either column or constant",
        "mine.toml: meters[1].meter: must be a code: 1 to 64 letters, digits, '.', '_', '-'",
    ]


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(Faults, match="no such profile file; shipped profiles: bitbrains, focus"):
        load_profile("nowhere.toml")


@given(
    st.builds(
        UsageEvent,
        client=st.just("harbour"),
        source=st.just("collector"),
        source_event_id=st.text("aZ0ü日\U0001f600/|", min_size=1, max_size=20),
        meter=st.text("abc-", min_size=1, max_size=9),
        occurred_at=st.datetimes(timezones=st.just(UTC)),
        quantity=st.decimals("-1e17", "1e17", places=15, allow_nan=False).map(
            lambda number: Decimal(plain(number))
        ),
        resource=st.text("vm-é", min_size=1, max_size=9),
        counted_value=st.none() | st.text("xyzß", min_size=1, max_size=9),
    )
)
def test_the_fast_hash_is_the_hash_of_billing_core(event: UsageEvent) -> None:
    measured = measuring(event.client, event.source)(
        1,
        event.source_event_id,
        event.meter,
        f"{event.occurred_at:%Y-%m-%dT%H:%M:%S.%fZ}".rjust(27, "0"),
        plain(event.quantity),
        event.resource,
        event.counted_value,
        None,
        None,
        None,
    )
    assert measured.event_id == event.event_id.hex
    if event.occurred_at.year >= 1000:
        assert measured.leaf_hash == leaf_hash(event).hex()


@given(st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,17})?([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_the_fast_number_is_the_number_of_billing_core(text: str) -> None:
    try:
        expected = plain(parse_number(text))
    except NumberFault:
        with pytest.raises(Refusal):
            quantity_text(text)
    else:
        assert quantity_text(text) == expected


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-0", ""])
def test_f06_what_is_no_number_is_refused(tmp_path: Path, number: str) -> None:
    taken, (row,) = read(tmp_path, f"{HEADER}2026-10-01T00:00:00Z,egress,vm,{number},a\n")
    assert (taken, row.line, row.code) == ([], 2, "number")


@pytest.mark.parametrize(
    ("number", "quantity"), [("8e-05", "0.00008"), ("1.500", "1.5"), ("0.000000000000001",) * 2]
)
def test_f07_numbers_keep_every_digit(tmp_path: Path, number: str, quantity: str) -> None:
    (taken,), _ = read(tmp_path, f"{HEADER}2026-10-01T00:00:00Z,egress,vm,{number},a\n")
    assert taken.quantity == quantity


@pytest.mark.parametrize("number", ["1" * 40, "0.0000000000000001", "1" * 19])
def test_f07_numbers_that_are_too_long_are_refused_not_rounded(tmp_path: Path, number: str) -> None:
    taken, (row,) = read(tmp_path, f"{HEADER}2026-10-01T00:00:00Z,egress,vm,{number},a\n")
    assert (taken, row.code) == ([], "number")


@pytest.mark.parametrize("number", ["1_000", "１２", '"1,5"', " 5 ", "0x10", "+1", "05", "1 000"])  # noqa: RUF001 - full-width digits on purpose
def test_f08_numbers_of_other_spellings_are_refused(tmp_path: Path, number: str) -> None:
    taken, (row,) = read(tmp_path, f"{HEADER}2026-10-01T00:00:00Z,egress,vm,{number},a\n")
    assert (taken, row.code) == ([], "number")


def test_f09_a_file_that_is_not_utf_8_is_refused_with_the_offset(tmp_path: Path) -> None:
    content = f"{HEADER}2026-10-01T00:00:00Z,egress,M\xfcnchen,1,a\n".encode("cp1252")
    assert refused(tmp_path, content) == (
        "usage.file: byte 0xFC at offset 61 is not UTF-8; save the file as UTF-8"
    )
    assert content[61] == 0xFC


def test_f09_the_offset_is_right_behind_the_first_megabyte(tmp_path: Path) -> None:
    content = b"\xc3\xbc" * (1 << 20) + b"\xc3"
    assert "byte 0xC3 at offset 2097152" in refused(tmp_path, content)


def test_f10_a_byte_order_mark_leaves_the_header_clean(tmp_path: Path) -> None:
    row = f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1,a\n"
    plain_rows, _ = read(tmp_path, row)
    assert read(tmp_path, b"\xef\xbb\xbf" + row.encode()) == (plain_rows, [])
    assert read(tmp_path, gzip.compress(row.encode())) == (plain_rows, [])


def test_f11_wide_text_nul_and_half_signs_are_refused(tmp_path: Path) -> None:
    row = f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1,a\n"
    assert refused(tmp_path, row.encode("utf-16")).endswith("UTF-16; save it as UTF-8")
    assert "NUL byte at offset 44" in refused(tmp_path, row.replace("00:00:00Z", "0\0", 1))
    assert "byte 0xED" in refused(tmp_path, HEADER.encode() + b"\xed\xa0\x80")
    line = '{"time": "2026-10-01T00:00:00Z", "meter": "egress", "resource": "%s", "quantity": 1, '
    for half in ("\\ud800", "\\u0000"):
        taken, (kept,) = read(tmp_path, line % half + '"id": "a"}\n', "usage-jsonl")
        assert (taken, kept.code) == ([], "text")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("time,meter,resource,quantity\n", "header: the column 'id' is missing"),
        (
            "time,meter,resource,quantity,id,colour\n",
            "header: the column 'colour' is not known to the profile usage",
        ),
        (
            "time,meter,resource,quantity,id,id\n",
            "header: the column 'id' stands there 2 times",
        ),
        ("time,meter,resource,quantity,id,\n", "header: column 6 has no name"),
        ("\n", "the first line is empty; it must name the columns"),
        ("", "usage.file: the file is empty"),
        (HEADER, "there is nothing to read: no rows"),
    ],
)
def test_f12_a_wrong_header_is_told_clearly(tmp_path: Path, header: str, reason: str) -> None:
    assert refused(tmp_path, header) == reason


def test_f12_the_order_of_columns_is_free(tmp_path: Path) -> None:
    usual, _ = read(tmp_path, f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1,a\n")
    turned = "id,quantity,time,resource,meter\na,1,2026-10-01T00:00:00Z,vm,egress\n"
    assert read(tmp_path, turned) == (usual, [])


def test_f13_line_ends_and_quotes(tmp_path: Path) -> None:
    content = HEADER + (
        '2026-10-01T00:00:00Z,egress,vm,1,a\r\n2026-10-01T00:00:00Z,egress,"v\nm",1,b\r\n'
        f"2026-10-01T00:00:00Z,egress,{'x' * 200_000},1,c\n2026-10-01T00:00:00Z,egress,vm,1\n"
        '2026-10-01T00:00:00Z,egress,"vm, 2",1,d\n2026-10-01T00:00:00Z,egress,"vm,1,e\n'
    )
    taken, rows = read(tmp_path, content)
    assert [each.source_event_id for each in taken] == ["a", "d"]
    assert [(each.line, each.code) for each in rows] == [
        (3, "text"),
        (5, "text"),
        (6, "row"),
        (8, "row"),
    ]
    assert all(len(each.record) <= 2100 for each in rows)


def test_f15_names_that_look_like_something_else_are_kept(tmp_path: Path) -> None:
    names = ["NA", "null", "0012", "1e5", "None", "TRUE", "a\\b"]
    rows = "".join(f"2026-10-01T00:00:00Z,egress,{name},1,{name}\n" for name in names)
    taken, _ = read(tmp_path, HEADER + rows)
    assert [each.resource for each in taken] == names
    assert [each.source_event_id for each in taken] == names


def test_f16_json_that_says_two_things_is_refused(tmp_path: Path) -> None:
    good = '{"time": "2026-10-01T00:00:00Z", "meter": "egress", "resource": "vm", "id": "a", '
    lines = [
        good + '"quantity": 0.1}',
        good + '"quantity": 1, "quantity": 2}',
        good + '"quantity": NaN}',
        good + '"quantity": 1e400}',
        good + '"quantity": true}',
        good + '"quantity": 1, "resource": 12}',
        "[" * 10_000,
        "[]",
        good + '"quantity": "8e-05"}',
        good + '"quantity": 1, "colour": "red"}',
        "",
    ]
    taken, rows = read(tmp_path, "\n".join(lines) + "\n", "usage-jsonl")
    assert [(each.line, each.quantity) for each in taken] == [(1, "0.1"), (9, "0.00008")]
    assert [each.line for each in rows] == [2, 3, 4, 5, 6, 7, 8, 10]


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-01T00:00:00",
        "2026-02-29T00:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T23:59:60Z",
        "infinity",
        "now",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2026-10-01",
        "2026-10-01T00:00:00.1234567Z",
        "2026-10-01T00:00:00+24:00",
        "",
    ],
)
def test_f18_times_that_are_no_instants_are_refused(tmp_path: Path, time: str) -> None:
    taken, (row,) = read(tmp_path, f"{HEADER}{time},egress,vm,1,a\n")
    assert (taken, row.code) == ([], "time")


@pytest.mark.parametrize(
    ("time", "occurred"),
    [
        ("2026-10-01T02:00:00+02:00", "2026-10-01T00:00:00.000000Z"),
        ("2026-10-01 00:00:00.5Z", "2026-10-01T00:00:00.500000Z"),
        ("2026-10-01T00:00:00.1234560Z", "2026-10-01T00:00:00.123456Z"),
        ("2026-10-01T05:30:00+05:30", "2026-10-01T00:00:00.000000Z"),
    ],
)
def test_f18_instants_are_kept_to_the_microsecond(tmp_path: Path, time: str, occurred: str) -> None:
    (taken,), _ = read(tmp_path, f"{HEADER}{time},egress,vm,1,a\n")
    assert taken.occurred == occurred


def test_f19_local_times_that_the_clocks_skip_or_show_twice_are_refused(tmp_path: Path) -> None:
    content = (
        "time,gb,id\n2026-10-25 01:30:00,1,a\n2026-10-25 02:30:00,1,b\n2026-03-29 02:30:00,1,c\n"
        "2026-10-25 02:30:00+01:00,1,d\n"
    )
    taken, rows = read(tmp_path, content, NAIVE)
    assert [each.occurred for each in taken] == [
        "2026-10-24T23:30:00.000000Z",
        "2026-10-25T01:30:00.000000Z",
    ]
    assert [each.reason for each in rows] == [
        (
            "2026-10-25 02:30:00 happened twice in Europe/Amsterdam (the clocks changed); "
            "give an offset"
        ),
        (
            "2026-03-29 02:30:00 never happened in Europe/Amsterdam (the clocks changed); "
            "give an offset"
        ),
    ]


def test_a_row_without_an_id_is_known_by_its_content_and_ordinal(tmp_path: Path) -> None:
    content = "time,gb\n2026-10-25 01:30:00,1\n2026-10-25 01:30:00,1.0\n2026-10-25 01:30:00,2\n"
    taken, _ = read(tmp_path, content, WITHOUT_ID)
    again, _ = read(tmp_path, content.replace("1.0", "1"), WITHOUT_ID)
    ids = [each.source_event_id for each in taken]
    assert [each.rpartition("-")[2] for each in ids] == ["1", "2", "1"]
    assert len({each.event_id for each in taken}) == 3
    assert [each.event_id for each in again] == [each.event_id for each in taken]


def test_a_wide_row_gives_an_event_of_each_meter_and_loses_only_the_faulty_one(
    tmp_path: Path,
) -> None:
    header = (
        "vm_id,hour_utc,vcpu_hours,cpu_ghz_hours_used,ram_gb_hours,disk_read_gb,disk_write_gb,"
        "net_in_gb,net_out_gb,samples\n"
    )
    row = "15,2013-06-30T23:00:00Z,1.0,0.03207,2.0,8e-05,?,0.01537,8e-05,12\n"
    taken, (lost,) = read(tmp_path, header + row, "bitbrains")
    assert [(each.meter, each.quantity, each.source_event_id) for each in taken] == [
        ("vcpu-hours", "1", "15/2013-06-30T23:00:00Z"),
        ("memory-gb-hours", "2", "15/2013-06-30T23:00:00Z"),
        ("data-out-gb", "0.00008", "15/2013-06-30T23:00:00Z"),
    ]
    assert (lost.line, lost.code) == (2, "number")


def test_a_correction_names_the_sources_own_id_and_a_reason(tmp_path: Path) -> None:
    content = (
        "time,meter,resource,quantity,id,supersedes,reason\n"
        "2026-10-01T00:00:00Z,egress,vm,1,b,a,counted twice\n"
        "2026-10-01T00:00:00Z,egress,vm,1,c,a,\n"
        "2026-10-01T00:00:00Z,egress,vm,1,d,,because\n"
    )
    (taken,), rows = read(tmp_path, content)
    assert taken.supersedes == superseded_id("collector", "a", "egress")
    assert taken.reason == "counted twice"
    assert [each.code for each in rows] == ["reason", "reason"]


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(HEADER.encode() * 1000)
    assert "the gzip file is damaged" in refused(tmp_path, whole[:-20])
