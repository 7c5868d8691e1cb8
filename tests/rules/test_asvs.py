"""The walk through OWASP ASVS 5.0 is whole, and what it calls met is where it says."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.source_tree import ROOT, sources

#: Level 2 of OWASP ASVS 5.0.0, as far as it applies to a portal like this one.
LISTED = """
1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.10 1.3.3 1.3.5 1.3.10 1.3.11 1.5.2
2.1.1 2.1.2 2.1.3 2.2.1 2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1
3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6
3.5.1 3.5.2 3.5.3 3.5.4 3.5.5 3.7.1 3.7.2
4.1.1 4.1.3 4.2.1 4.4.1 4.4.2 4.4.3 4.4.4
5.1.1 5.2.1 5.2.2 5.3.1 5.3.2 5.4.1 5.4.2
6.1.1 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12
6.3.1 6.3.2 6.3.3 6.3.4 6.3.7 6.3.8 6.4.1 6.4.2 6.4.3 6.4.4
6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.2 6.6.3 6.8.1 6.8.2 6.8.4
7.1.1 7.1.2 7.1.3 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2
7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1
9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3 9.2.4
10.1.1 10.1.2 10.2.1 10.2.2 10.5.1 10.5.2 10.5.3 10.5.4
11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.4.1 11.4.2 11.4.3 11.5.1 11.6.1
12.1.1 12.1.2 12.2.1 12.2.2 12.3.1 12.3.2
13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5
14.1.1 14.1.2 14.2.1 14.2.2 14.2.3 14.2.4 14.3.1 14.3.2 14.3.3
15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.3 15.3.4 15.3.5 15.3.7
16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4
16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3
"""
IDS = LISTED.split()
#: What is asked of the documents: a document meets it, without a test.
DOCUMENTED = ("2.1.", "5.1.", "6.1.", "7.1.", "8.1.", "11.1.", "13.1.", "14.1.", "15.1.", "16.1.")
VERDICTS = {"met", "not applicable", "open"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAMED = re.compile(r"`([^`]+)`")
TEST = re.compile(r"test_\w+")
#: A path of the tree: it has a folder, or an ending that only files have.
PATH = re.compile(r"[\w.@-]+/[\w./@-]+|[\w-]+\.(?:md|py|toml|txt|in)")
SHORTEST_REASON = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the walk says of an id."""

    id: str
    verdict: str
    where: str

    @property
    def named(self) -> list[str]:
        """What it names as code."""
        return NAMED.findall(self.where)

    @property
    def paths(self) -> list[str]:
        """The files and folders that it names."""
        return [name.partition("::")[0] for name in self.named if PATH.fullmatch(name)]

    @property
    def tests(self) -> list[str]:
        """The tests that it names, by function."""
        return [name for name in self.named if TEST.fullmatch(name)]


def rows(text: str) -> list[Row]:
    return [
        Row(id=id_, verdict=verdict, where=where)
        for id_, _what, verdict, where in ROW.findall(text)
    ]


def walk() -> list[Row]:
    return rows((ROOT / "docs" / "asvs.md").read_text(encoding="utf-8"))


def names_of_tests() -> frozenset[str]:
    return frozenset(
        name
        for each in sources("tests")
        for name in re.findall(r"^def (test_\w+)", each.text, re.MULTILINE)
    )


def faults(row: Row, known: frozenset[str]) -> Iterator[str]:
    """Whatever is wrong with a row."""
    if row.verdict not in VERDICTS:
        yield f"{row.id}: {row.verdict} is no verdict"
    for path in row.paths:
        if not (ROOT / path).exists():
            yield f"{row.id}: there is no {path}"
    for test in row.tests:
        if test not in known:
            yield f"{row.id}: there is no {test}"
    if row.verdict == "met" and not row.paths and not row.tests:
        yield f"{row.id}: met, but nothing says where"
    tested = row.tests or any(path.startswith("tests/") for path in row.paths)
    if row.verdict == "met" and not tested and not row.id.startswith(DOCUMENTED):
        yield f"{row.id}: met, but no test holds it"
    if row.verdict != "met" and len(row.where) < SHORTEST_REASON:
        yield f"{row.id}: {row.verdict} without a reason"


def test_every_id_has_exactly_one_row_in_the_order_of_the_list() -> None:
    assert [row.id for row in walk()] == IDS
    assert [each for each, times in Counter(IDS).items() if times > 1] == []


def test_each_row_says_where_or_why_and_what_it_names_is_there() -> None:
    known = names_of_tests()
    assert [fault for row in walk() for fault in faults(row, known)] == []


def test_the_counts_at_the_top_are_those_of_the_rows() -> None:
    counted = Counter(row.verdict for row in walk())
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    stated = (
        f"{counted['met']} met, {counted['not applicable']} not applicable, {counted['open']} open"
    )
    assert stated in text


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "| 9.9.9 | x | met | `docs/none.md` and `tests/rules/test_asvs.py` |",
            "there is no docs/none.md",
        ),
        ("| 9.9.9 | x | met | `api/gate.py`, `test_of_nothing` |", "there is no test_of_nothing"),
        ("| 9.9.9 | x | met | everywhere |", "met, but nothing says where"),
        ("| 9.9.9 | x | met | `api/gate.py` |", "met, but no test holds it"),
        ("| 9.9.9 | x | perhaps | `tests/rules/test_asvs.py` |", "perhaps is no verdict"),
        ("| 9.9.9 | x | open | later |", "open without a reason"),
    ],
)
def test_a_row_that_names_nothing_or_what_is_not_there_is_noticed(row: str, fault: str) -> None:
    (found,) = rows(row)
    assert f"9.9.9: {fault}" in list(faults(found, names_of_tests()))
