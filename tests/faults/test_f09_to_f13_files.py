"""Files that are not what they should be: refused whole with the place, or row by row."""

import gzip
from collections.abc import Mapping

from tests.faults.collector import HEADER, NOON, Collector, Told

GOOD = f"{NOON},egress,vm,1,a\n"
REFUSED = "meterglass: refused: "


def refused(
    collector: Collector, files: Mapping[str, str | bytes], profile: str = "usage"
) -> dict[str, str]:
    """The sentence with which each file is refused whole; nothing of any is stored."""
    told = {
        name: collector.ingest(collector.file(content, name), profile)
        for name, content in files.items()
    }
    assert {(each.code, each.out) for each in told.values()} == {(2, "")}
    assert collector.sums() == (0, 0, 0, 0, 0, 0)
    assert collector.rejected() == []
    return {name: sentence_of(each) for name, each in told.items()}


def sentence_of(told: Told) -> str:
    """What follows the refusal's first words."""
    [line] = [each for each in told.err.splitlines() if REFUSED in each]
    return line.partition(REFUSED)[2]


def test_f09_a_file_that_is_not_utf_8_is_refused_with_the_offset(collector: Collector) -> None:
    content = f"{HEADER}{NOON},egress,M\xfcnchen,1,a\n".encode("cp1252")
    assert content[61] == 0xFC
    assert refused(collector, {"usage.csv": content}) == {
        "usage.csv": "usage.csv: byte 0xFC at offset 61 is not UTF-8; save the file as UTF-8"
    }


def test_f10_a_byte_order_mark_leaves_the_header_clean(collector: Collector) -> None:
    told = collector.ingest(collector.file(b"\xef\xbb\xbf" + (HEADER + GOOD).encode()))
    assert (told.code, told.counts) == (0, {"accepted": 1})
    again = collector.ingest(collector.file(gzip.compress((HEADER + GOOD).encode()), "u.csv.gz"))
    assert (again.code, again.counts) == (0, {"duplicate": 1})


def test_f11_wide_text_nul_and_half_signs_are_refused_without_a_traceback(
    collector: Collector,
) -> None:
    files: dict[str, str | bytes] = {
        "wide": (HEADER + GOOD).encode("utf-16"),
        "nul": f"{HEADER}2026-10-01T12\0:00Z,egress,vm,1,a\n",
        "half": HEADER.encode() + b"\xed\xa0\x80",
    }
    assert refused(collector, files) == {
        "wide": "wide: this is UTF-16; save it as UTF-8",
        "nul": "nul: NUL byte at offset 45; this is not UTF-8 text",
        "half": "half: byte 0xED at offset 32 is not UTF-8; save the file as UTF-8",
    }


def test_f11_escaped_nul_and_half_signs_are_refused_by_line(collector: Collector) -> None:
    line = f'{{"time": "{NOON}", "meter": "egress", "resource": "%s", "quantity": 1, "id": "a"}}'
    path = collector.file("\n".join(line % sign for sign in ("\\u0000", "\\ud800", "vm")))
    told = collector.ingest(path, "usage-jsonl")
    assert (told.code, told.counts) == (1, {"accepted": 1, "rejected": 2})
    assert collector.rejected() == [(1, "text"), (2, "text")]


def test_f12_a_header_that_does_not_fit_is_told_clearly(collector: Collector) -> None:
    files = {
        "missing": "time,meter,resource,quantity\n",
        "extra": f"{HEADER[:-1]},colour\n{GOOD[:-1]},red\n",
        "twice": f"{HEADER[:-1]},id\n",
        "empty": "",
        "header only": HEADER,
    }
    assert refused(collector, files) == {
        "missing": "header: the column 'id' is missing",
        "extra": "header: the column 'colour' is not known to the profile usage",
        "twice": "header: the column 'id' stands there 2 times",
        "empty": "empty: the file is empty",
        "header only": "there is nothing to read: no rows",
    }


def test_f12_reordered_columns_are_the_same_file(collector: Collector) -> None:
    turned = f"id,quantity,time,resource,meter\na,1,{NOON},vm,egress\n"
    assert collector.ingest(collector.file(turned)).counts == {"accepted": 1}
    assert collector.ingest(collector.file(HEADER + GOOD)).counts == {"duplicate": 1}


def test_f13_quotes_line_ends_and_long_fields_cost_a_row_at_most(collector: Collector) -> None:
    path = collector.file(
        f"{HEADER}{NOON},egress,vm,1,a\r\n"
        f'{NOON},egress,"v\nm",1,b\r\n'
        f"{NOON},egress,{'x' * 200_000},1,c\n"
        f"{NOON},egress,vm,1\n"
        f'{NOON},egress,"vm, 2",1,d\n'
        f'{NOON},egress,"vm,1,e\n'
    )
    told = collector.ingest(path)
    assert (told.code, told.counts) == (1, {"accepted": 2, "rejected": 4})
    assert collector.rejected() == [(3, "text"), (5, "text"), (6, "row"), (8, "row")]
    assert collector.ingest(path).counts == {"duplicate": 2, "rejected": 4}
