"""The two forms of CSV: byte-exact, and safe to open in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from documents.csv_form import columns_of, csv_stream, defused, text_columns

COLUMNS = columns_of(["resource", "quantity", "day"], text_columns("resource"))


def written(*rows: tuple[object, ...], safe: bool = False) -> bytes:
    return b"".join(csv_stream(COLUMNS, rows, safe=safe))  # type: ignore[arg-type]  # any cells


def test_the_canonical_form_is_rfc_4180_in_utf_8_without_a_mark() -> None:
    row = ('a "b", c\nd', Decimal("-0.00450"), date(2026, 10, 1))
    assert written(row) == (b'resource,quantity,day\r\n"a ""b"", c\nd",-0.00450,2026-10-01\r\n')


def test_a_text_that_needs_no_quotes_has_none() -> None:
    assert written((" =1+1; Ärger ", Decimal("1E+3"), None)) == (
        "resource,quantity,day\r\n =1+1; Ärger ,1000,\r\n".encode()
    )


def test_instants_are_utc_with_microseconds() -> None:
    at = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
    assert written(("a", None, at)).endswith(b"a,,2026-10-01T12:30:00.000000Z\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t1",
        "\r1",
        "\n1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20a",
    ],
)
def test_f43_a_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"
    read = list(csv.reader(io.StringIO(written((text, Decimal(1), None), safe=True).decode())))
    assert read[1][0] == f"'{text}"


def test_f43_numbers_stay_numbers_in_the_safe_form() -> None:
    assert written(("x", Decimal("-5.10"), None), safe=True) == (
        b"\xef\xbb\xbfresource,quantity,day\r\nx,-5.10,\r\n"
    )


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
        ("a; \t+1", "a;' \t'+1"),
        ("a|@SUM(A1)", "a|'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("a\n-1", "a\n'-1"),
        ("a\r=1", "a\r'=1"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a;\uff1d1", "a;'\uff1d1"),
    ],
)
def test_f43_a_text_that_runs_where_a_spreadsheet_splits_lines_elsewhere_is_defused(
    text: str, safe: str
) -> None:
    """Dutch and German ones split at a semicolon, and know no quote but at the start of a cell."""
    assert defused(text) == safe


def test_f43_only_the_safe_form_quotes_what_others_split_at() -> None:
    columns = columns_of(["a", "b", "c"], text_columns("a", "b", "c"))
    row = ("x;=1", "y\tz", "u|v")
    assert b"".join(csv_stream(columns, [row])) == b"a,b,c\r\nx;=1,y\tz,u|v\r\n"
    assert b"".join(csv_stream(columns, [row], safe=True)) == (
        b'\xef\xbb\xbfa,b,c\r\n"x;\'=1","y\tz","u|v"\r\n'
    )


@pytest.mark.parametrize("text", ["", "a=b", "'=1", "1-2", "#N/A", "a; b=c", "a;b", "x|y"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert defused(text) == text


def test_a_million_rows_come_in_pieces() -> None:
    asked = 0

    def rows() -> object:
        nonlocal asked
        for _ in range(1_000_000):
            asked += 1
            yield ("machine-1", Decimal("1.5"), None)

    stream = csv_stream(COLUMNS, rows())  # type: ignore[arg-type]  # a generator of rows
    first = next(stream)
    assert len(first) < 70_000
    assert asked < 5_000
    assert sum(len(piece) for piece in stream) + len(first) == 23 + 1_000_000 * 16
