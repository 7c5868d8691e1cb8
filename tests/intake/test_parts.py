"""Parts of a file: each transaction gets what belongs together."""

from pathlib import Path

from intake.profiles.apart import Task, parts
from intake.profiles.found import NOBODY, Reader
from intake.profiles.measurements import Measured
from intake.profiles.parts import LONGEST_REFUSED, Collected, Part
from intake.profiles.profile_file import parse_profile
from intake.profiles.refusals import RefusedRow
from intake.profiles.text_file import look_through
from tests.intake.bills import CLOSED_BOOK, bill

SHARED = CLOSED_BOOK.replace("meter", 'client = "SubAccountId"\nmeter')


def ids_of(measured: list[Measured]) -> bytes:
    return " ".join(each.event_id for each in measured).encode()


def in_parts(
    folder: Path, content: str, rows: int, profile: str = CLOSED_BOOK, client: str | None = "h"
) -> list[Part]:
    path = folder / "bill.csv"
    path.write_text(content)
    task = Task(
        file=look_through(path),
        profile=parse_profile(profile, "bill.toml"),
        reader=Reader(source="s", client=client, known={"h": True, "m": True}),
        rows=rows,
    )
    return [*parts(task, ids_of)]


def test_what_a_bill_says_is_in_the_part_of_its_measurement(tmp_path: Path) -> None:
    content = bill(*({"SkuId": str(number)} for number in range(5)))
    for rows in (1, 2, 3, 5):
        for part in in_parts(tmp_path, content, rows):
            assert [each.event_id for each in part.billed] == part.encoded.decode().split()


def test_each_client_has_a_part_of_its_own(tmp_path: Path) -> None:
    rows = [{"SubAccountId": each} for each in ("m", "h", "x", "m")]
    first, *others = in_parts(tmp_path, bill(*rows), 10, SHARED, None)
    assert (first.client, len(first.refused), first.notes) == (NOBODY, 1, ("FOCUS 1.0",))
    assert [(part.client, part.count, len(part.billed)) for part in others] == [
        ("h", 1, 1),
        ("m", 2, 2),
    ]


def test_refused_rows_do_not_pile_up() -> None:
    collected = Collected(ids_of, "h", 50_000)
    row = RefusedRow(line=1, code="row", reason="", record="x" * (LONGEST_REFUSED // 4))
    full = []
    for _ in range(5):
        collected.take("h", row)
        full.append(collected.is_full)
    assert full == [False, False, False, True, True]
    assert [len(part.refused) for part in collected.parts(0)] == [5]
    assert not collected.is_full
