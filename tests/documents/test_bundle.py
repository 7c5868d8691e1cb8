"""A bundle as bytes: the same each time, in pieces, readable by any program for zip files."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from documents.bundle import EventRow, IssuedDocument, SetKey, bundle_bytes
from documents.bundle.event_rows import HEADER, line_of
from documents.bundle.paths import events_path
from tests.billing_core.made import utc
from tests.documents.packing import files_of, packed
from tests.documents.worked import three_months

ROW = EventRow(
    event_id=UUID(int=7),
    leaf_hash=b"\x0a" * 32,
    client="harbour",
    source="collector",
    source_event_id="r-17",
    meter="backup",
    occurred_at=utc("2026-10-12T14:05"),
    quantity=Decimal("2140.50"),
    resource="vm-1",
)
START = f"00000000-0000-0000-0000-000000000007,{'0a' * 32},harbour,collector,r-17,backup"


def test_an_event_is_a_row_with_all_that_is_hashed() -> None:
    assert HEADER == (
        "event_id,leaf_hash,client,source,source_event_id,meter,occurred_at,quantity,resource,"
        "counted_value,supersedes,reason\n"
    )
    assert line_of(ROW) == f"{START},2026-10-12T14:05:00.000000Z,2140.5,vm-1,,,\n"


def test_one_that_only_withdraws_has_no_quantity() -> None:
    row = ROW._replace(quantity=None, supersedes=UUID(int=1), reason='no "such" thing,\nsaid he')
    assert line_of(row) == (
        f"{START},2026-10-12T14:05:00.000000Z,,vm-1,,00000000-0000-0000-0000-000000000001,"
        '"no ""such"" thing,\nsaid he"\n'
    )


def test_no_text_of_a_meter_leads_out_of_the_bundle() -> None:
    assert events_path("backup-gb", "2026-10", "2026-09") == "events/backup-gb/2026-10/2026-09.csv"
    odd = events_path("../GB", "2026-10", "2026-09").split("/")
    assert (odd[0], odd[1][0], len(odd[1]), odd[2:]) == (
        "events",
        "=",
        65,
        ["2026-10", "2026-09.csv"],
    )


def test_the_same_bundle_gives_the_same_bytes() -> None:
    assert packed(three_months().bundle(2)) == packed(three_months().bundle(2))


def test_any_program_for_zip_files_reads_it() -> None:
    content = packed(three_months().bundle(2))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"sha256 " + sha256(content[:-71]).hexdigest().encode()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert list(files_of(content)) == [
        "README.txt",
        "manifest.txt",
        "document.json",
        "rate_card.json",
        "basis.json",
        "keys/01.txt",
        "chain/000001.txt",
        "chain/000003.txt",
        "earlier/000001/document.json",
        "earlier/000001/rate_card.json",
        "earlier/000001/basis.json",
        "events/backup/2026-10/2026-10.csv",
        "events/backup/2026-11/2026-11.csv",
        "events/calls/2026-10/2026-10.csv",
        "events/calls/2026-11/2026-10.csv",
        "events/calls/2026-11/2026-11.csv",
        "carried/backup/2026-11.csv",
    ]


def test_it_is_never_whole_in_memory() -> None:
    def rows() -> Iterator[EventRow]:
        for number in range(40_000):
            yield ROW._replace(event_id=UUID(int=number), leaf_hash=sha256(b"%d" % number).digest())

    texts = IssuedDocument(position=1, manifest="", document="", rate_card="", basis="")
    key = SetKey(meter="backup", billing_period="2026-10", usage_period="2026-10")
    bundle = replace(
        three_months().bundle(1), document=texts, earlier=(), sets=[(key, rows())], carried=()
    )
    tracemalloc.start()
    size = sum(map(len, bundle_bytes(bundle)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 1_500_000
    assert peak < size
