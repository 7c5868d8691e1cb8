"""Whatever is done to a bundle is found, and named for what it is.

Who tampers here knows the format: the seal of the zip file is made anew each time.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from billing_core.event import encoded_fields, leaf_hash_of
from billing_core.proof import ExclusionReason, Manifest, manifest_from, manifest_text
from billing_core.proof.endorsement import Endorsement, endorsement_text
from billing_core.proof.note import note_from
from documents.bundle import Bundle, EventRow, KeyRecord
from documents.keys import SigningKey
from documents.verification import Unreadable
from documents.verification.archive import opened_archive
from tests.billing_core.made import price, utc
from tests.documents.books import Books
from tests.documents.packing import checked, files_of, found_in, packed, repacked
from tests.documents.worked import KEY, one_month, smallest, three_months

KEY_ITSELF = KEY.verifier_key
CALLS = "events/calls/2026-10/2026-10.csv"
BACKUP = "events/backup/2026-10/2026-10.csv"


@pytest.fixture(scope="module")
def october() -> dict[str, bytes]:
    return files_of(packed(one_month().bundle(1)))


@pytest.fixture(scope="module")
def november() -> dict[str, bytes]:
    return files_of(packed(three_months().bundle(2)))


def test_each_byte_of_a_bundle_is_under_its_seal(tmp_path: Path) -> None:
    content = packed(smallest().bundle())
    assert checked(tmp_path, content, KEY_ITSELF).is_valid
    path = tmp_path / "bundle.zip"
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        assert is_noticed(path), f"byte {place} of {len(content)}"


def is_noticed(path: Path) -> bool:
    """Whether the file as a whole is refused, before anything in it is read."""
    try:
        with opened_archive(path) as archive:
            return not archive.is_sealed
    except Unreadable:
        return True


def test_a_broken_seal_is_told_beside_what_it_hides(tmp_path: Path) -> None:
    content = bytearray(packed(smallest().bundle()))
    content[-1] ^= 1
    report = checked(tmp_path, bytes(content), KEY_ITSELF)
    assert [str(each) for each in report.findings] == [
        "bundle.zip was changed after it was made: its seal is not of these bytes"
    ]
    assert len(report.holds) == 3
    inside = bytearray(packed(smallest().bundle()))
    inside[inside.find(b"manifest.txt") + 100] ^= 1
    report = checked(tmp_path, bytes(inside), KEY_ITSELF)
    assert "its seal is not of these bytes" in str(report.findings[0])
    assert "cannot be unpacked" in str(report.findings[1])


def test_each_byte_in_it_is_found_also_under_a_new_seal(tmp_path: Path) -> None:
    files = files_of(packed(smallest().bundle()))
    del files["README.txt"]
    for name, content in files.items():
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << place % 8
            try:
                found = found_in(tmp_path, {**files, name: bytes(changed)}, KEY_ITSELF)
            except Unreadable:
                continue
            assert found, f"{name}, byte {place}: {content[max(0, place - 9) : place + 9]!r}"


def lines_of(files: dict[str, bytes], name: str) -> list[bytes]:
    """The header and the rows of a file; a reason with a line feed in it is one row."""
    return files[name].replace(b'",\nmeant', b'",\x00meant').splitlines(keepends=True)


def joined(lines: list[bytes]) -> bytes:
    return b"".join(lines).replace(b"\x00", b"\n")


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def dropped(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], *lines[1:]]


def with_windows_line_ends(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"\n", b"\r\n") for line in lines]


def without_its_end(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1][:-1]]


def with_a_field_too_many(lines: list[bytes]) -> list[bytes]:
    return [*lines[:1], lines[1].replace(b"\n", b",\n"), *lines[2:]]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (swapped, "stands after a later one: the order is (occurred_at, event_id)"),
        (dropped, "has 2 events, and HARB-2026-0001 was made from 3"),
        (doubled, "stands twice"),
        (with_windows_line_ends, "has Windows line ends"),
        (without_its_end, "ends in the middle of a row"),
        (with_a_field_too_many, "has 13 fields rather than 12"),
    ],
)
def test_rows_are_not_moved_about(
    tmp_path: Path,
    october: dict[str, bytes],
    changed: Callable[[list[bytes]], list[bytes]],
    sentence: str,
) -> None:
    files = {**october, CALLS: joined(changed(lines_of(october, CALLS)))}
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert any(each.startswith(CALLS) and sentence in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b",60,vm-1,,,\n", b",60,vm-1,,,\r\n", "has Windows line ends (CR LF)"),
        (b",60,vm-1,", b',"60",vm-1,', "has a row that is not written as it must be"),
        (b",60,vm-1,,,", b",60,vm-1,,,typed wrongly", "that does not make its leaf hash"),
        (
            b",60,vm-1,,,",
            b",60,vm-1,,00000000-0000-0000-0000-000000000007,",
            "that does not make its leaf hash",
        ),
        (b"\n0", b"\n1", "has an id that its source, its own id and its meter do not make"),
    ],
)
def test_a_row_is_written_in_one_way(
    tmp_path: Path, october: dict[str, bytes], old: bytes, new: bytes, sentence: str
) -> None:
    changed = october[CALLS].replace(old, new, 1)
    assert changed != october[CALLS]
    found = found_in(tmp_path, {**october, CALLS: changed}, KEY_ITSELF)
    assert any(each.startswith(CALLS) and sentence in each for each in found), found


def test_a_file_ends_with_a_line_feed(tmp_path: Path, october: dict[str, bytes]) -> None:
    found = found_in(tmp_path, {**october, BACKUP: october[BACKUP][:-1]}, KEY_ITSELF)
    assert f"{BACKUP} row 1 ends in the middle of a row" in found


def test_an_event_of_another_meter_does_not_belong(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    calls, backup = lines_of(october, CALLS), lines_of(october, BACKUP)
    found = found_in(tmp_path, {**october, CALLS: joined([*calls[:2], backup[2]])}, KEY_ITSELF)
    assert any("is of 'harbour' and 'backup', which are others" in each for each in found)


def test_an_event_of_another_month_does_not_belong(
    tmp_path: Path, november: dict[str, bytes]
) -> None:
    path = "events/calls/2026-11/2026-11.csv"
    late = lines_of(november, "events/calls/2026-11/2026-10.csv")[1]
    files = {**november, path: joined([lines_of(november, path)[0], late])}
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert any(
        f"{path} row 1" in each and "occurred at '2026-10-20T10:00:00.000000Z'" in each
        for each in found
    )
    assert f"{path} has 1 events, and HARB-2026-0002 was made from 2" in found


def test_a_changed_quantity_is_named_with_its_event(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    files = {**october, CALLS: october[CALLS].replace(b",60,vm-1,,,\n", b",61,vm-1,,,\n", 1)}
    assert files != october
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert any("with a content that does not make its leaf hash" in each for each in found)


def edited(bundle: Bundle, *, with_its_leaf: bool) -> Bundle:
    """The bundle of a database in which somebody changed an event from 60 to 6."""
    changed = [
        (key, [_six(row, with_its_leaf=with_its_leaf) for row in rows]) for key, rows in bundle.sets
    ]
    return replace(bundle, sets=changed)


def _six(row: EventRow, *, with_its_leaf: bool) -> EventRow:
    if row.quantity != 60 or row.supersedes is not None:
        return row
    texts = (row.client, row.source, row.source_event_id, row.meter)
    at = f"{row.occurred_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    form = encoded_fields((*texts, at, "6", row.resource, None, None, None))
    leaf = leaf_hash_of(form) if with_its_leaf else row.leaf_hash
    return row._replace(quantity=Decimal(6), leaf_hash=leaf)


def test_f34_an_event_that_a_superuser_edited_is_named(tmp_path: Path) -> None:
    books = one_month()
    event = books.recorded[3].event.event_id
    report = checked(tmp_path, packed(edited(books.bundle(), with_its_leaf=False)), KEY_ITSELF)
    found = [str(each) for each in report.findings]
    assert (
        f"{CALLS} has the event '{event}' with a content that does not make its leaf hash, which "
        "is the one that was signed: it was edited"
    ) in found
    # 70 + 6 are within the 100 that are included
    assert any(each.startswith("line 3 (calls) has the quantity") for each in found)


def test_f34_an_event_that_a_superuser_edited_with_its_leaf_leads_to_another_root(
    tmp_path: Path,
) -> None:
    bundle = edited(one_month().bundle(), with_its_leaf=True)
    report = checked(tmp_path, packed(bundle), KEY_ITSELF)
    assert str(report.findings[0]) == (
        f"{CALLS} does not hold the events that were signed with HARB-2026-0001: they have "
        "another root"
    )


def test_a_manifest_with_a_foreign_root_is_not_what_was_signed(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    root = manifest_from(note_from(october["manifest.txt"].decode()).text).evidence[0].root.hex()
    manifest = october["manifest.txt"].replace(root.encode(), b"ab" * 32)
    report = checked(tmp_path, repacked({**october, "manifest.txt": manifest}), KEY_ITSELF)
    name = "quayside.example/invoices"
    assert [str(each) for each in report.findings] == [
        f"manifest.txt was changed: the signature of {name} is not of this text"
    ]
    assert report.remarks == ["Nothing else was looked at: what is not signed says nothing."]


@pytest.mark.parametrize("name", ["quayside.example/invoices", "mallory.example"])
def test_a_manifest_that_another_key_signed_is_not_the_issuers(
    tmp_path: Path, october: dict[str, bytes], name: str
) -> None:
    text = note_from(october["manifest.txt"].decode()).text
    mallory = SigningKey(name, bytes(32))
    files = {**october, "manifest.txt": str(mallory.sign(text)).encode()}
    called = f"{name}+{mallory.verifier_key.key_id.hex()}"
    (only,) = found_in(tmp_path, files, KEY_ITSELF)
    assert only == (
        f"manifest.txt is signed by {called}, which is neither the key that was given nor "
        "joined to it"
    )
    files["keys/01.txt"] = f"{mallory.verifier_key}\n".encode()
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert found[0] == (
        f"--key is {KEY_ITSELF}, which none of the bundle's keys is: {mallory.verifier_key}"
    )


def test_a_key_that_endorses_itself_into_a_bundle_is_not_trusted(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    mallory = SigningKey("mallory.example", bytes(32))
    endorsement = Endorsement(
        key=mallory.verifier_key, follows=KEY_ITSELF, starts_at=utc("2026-10-15T00:00")
    )
    note = mallory.sign(endorsement_text(endorsement))
    text = note_from(october["manifest.txt"].decode()).text
    files = {
        **october,
        "keys/02.txt": str(note).encode(),
        "manifest.txt": str(mallory.sign(text)).encode(),
    }
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert found[0] == f"keys/ are not whole: keys/02.txt: is not signed by {KEY_ITSELF}"
    assert "which is neither the key that was given nor joined to it" in found[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{other}\n", "keys/02.txt: endorses a key to follow {key}, which is not the one before"),
        ("{key}", "keys/01.txt: is not the line of a key"),
        ("{key}\r\n", "key: is not a verifier key"),
    ],
)
def test_keys_that_do_not_join_are_not_trusted(tmp_path: Path, text: str, sentence: str) -> None:
    books, new = one_month(), SigningKey("quayside.example/2027", bytes(range(1, 33)))
    other = SigningKey("quayside.example/2028", bytes(range(2, 34)))
    endorsement = Endorsement(
        key=new.verifier_key, follows=KEY_ITSELF, starts_at=utc("2026-11-15T00:00")
    )
    note = new.sign_too(KEY.sign(endorsement_text(endorsement)))
    books.keys.append(KeyRecord(verifier=str(new.verifier_key), endorsement=str(note)))
    given = {"key": KEY_ITSELF, "other": other.verifier_key}
    files = files_of(packed(books.bundle()))
    assert found_in(tmp_path, files, KEY_ITSELF) == []
    files["keys/01.txt"] = text.format(**given).encode()
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert found[0].startswith(f"keys/ are not whole: {sentence.format(**given)}")


def test_a_key_that_starts_before_the_one_it_follows_is_not_trusted(tmp_path: Path) -> None:
    books, key = one_month(), KEY
    for number, day in ((1, "15"), (2, "14")):
        new = SigningKey(f"quayside.example/{number}", bytes(range(number, number + 32)))
        endorsement = Endorsement(
            key=new.verifier_key,
            follows=key.verifier_key,
            starts_at=utc(f"2026-11-{day}T00:00"),
        )
        note = new.sign_too(key.sign(endorsement_text(endorsement)))
        books.keys.append(KeyRecord(verifier=str(new.verifier_key), endorsement=str(note)))
        key = new
    found = found_in(tmp_path, files_of(packed(books.bundle())), KEY_ITSELF)
    assert found == ["keys/ are not whole: keys/03.txt: starts before the key that it follows"]


def test_last_months_manifest_is_named(tmp_path: Path, november: dict[str, bytes]) -> None:
    files = {**november, "manifest.txt": november["chain/000001.txt"]}
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert found[0] == "chain/000001.txt stands beside manifest.txt, which has the same place"
    assert "document.json is not the file that was signed" in found
    assert (
        "document.json has the number HARB-2026-0002, where its manifest has HARB-2026-0001"
    ) in found


def test_a_chain_with_a_gap_or_another_link_is_named(
    tmp_path: Path, november: dict[str, bytes]
) -> None:
    files = dict(november)
    del files["chain/000001.txt"]
    assert "chain/ lacks the manifest in place 1" in found_in(tmp_path, files, KEY_ITSELF)
    first = manifest_from(note_from(november["chain/000001.txt"].decode()).text)
    other = KEY.sign(manifest_text(replace(first, gross=Decimal("1.00"))))
    files["chain/000001.txt"] = str(other).encode()
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert "manifest.txt names another manifest before it than that of HARB-2026-0001" in found
    files["chain/000001.txt"] = november["chain/000003.txt"]
    found = found_in(tmp_path, files, KEY_ITSELF)
    assert "chain/000001.txt is the manifest of HARB-2026-0003, in place 3" in found


def test_a_manifest_of_another_client_is_none_of_the_chain(
    tmp_path: Path, november: dict[str, bytes]
) -> None:
    first = manifest_from(note_from(november["chain/000001.txt"].decode()).text)
    other = KEY.sign(manifest_text(replace(first, client="kestrel")))
    files = {**november, "chain/000001.txt": str(other).encode()}
    assert "chain/ has manifests of several clients: harbour, kestrel" in found_in(
        tmp_path, files, KEY_ITSELF
    )


def test_windows_line_ends_are_named_for_what_they_are(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    manifest = october["manifest.txt"].replace(b"\n", b"\r\n")
    (only,) = found_in(tmp_path, {**october, "manifest.txt": manifest}, KEY_ITSELF)
    assert only == (
        "manifest.txt is no signed manifest: note: has Windows line ends (CR LF): its bytes "
        "were changed on the way"
    )


def test_a_changed_amount_is_named_with_its_line(tmp_path: Path, october: dict[str, bytes]) -> None:
    document = october["document.json"]
    changed = document.replace(b'"amount":"3.00"', b'"amount":"4.00"')
    assert changed != document
    found = found_in(tmp_path, {**october, "document.json": changed}, KEY_ITSELF)
    assert found[0] == "document.json is not the file that was signed"
    assert "is not quantity × unit price + flat fee, rounded" in found[1]
    # 30 × 0.133333333333 = 4.00; 1,070.28 × 0.21 = 224.7588
    other_price = changed.replace(b'"unit_price":"0.10"', b'"unit_price":"0.133333333333"')
    other_price = other_price.replace(b'"net":"1069.28"', b'"net":"1070.28"')
    other_price = other_price.replace(b'"tax":"224.55"', b'"tax":"224.76"')
    found = found_in(tmp_path, {**october, "document.json": other_price}, KEY_ITSELF)
    assert 'line 3 (calls) has the amount "4.00", computed "3.00"' in found


def test_a_bill_that_does_not_follow_from_its_records_is_found_though_it_is_signed(
    tmp_path: Path,
) -> None:
    books = one_month()
    dearer = price("unit", code="calls", meter="calls", unit_price="0.20", included_quantity="100")
    books.issued.clear()
    said, books.agreement = (
        books.agreement,
        replace(books.agreement, prices=(*books.agreement.prices[:2], dearer)),
    )
    invoice = books.built("2026-10")
    books.agreement = said
    books.close("2026-10", invoice=invoice)
    report = checked(tmp_path, packed(books.bundle()), KEY_ITSELF)
    found = [str(each) for each in report.findings]
    assert 'line 3 (calls) has the amount "6.00", computed "3.00"' in found
    assert 'the total has the net "1072.28", computed "1069.28"' in found
    assert len(report.holds) == 2


def test_a_line_that_nothing_makes_and_one_that_is_missing_are_found(tmp_path: Path) -> None:
    books = one_month()
    books.issued.clear()
    said = books.agreement
    more = price("flat", code="extra", fee="7")
    books.agreement = replace(said, prices=(*said.prices[:2], more))
    invoice = books.built("2026-10")
    books.agreement = said
    books.close("2026-10", invoice=invoice)
    report = checked(tmp_path, packed(books.bundle()), KEY_ITSELF)
    found = [str(each) for each in report.findings]
    assert any(each.startswith('line 2 (extra) has the price code "extra"') for each in found)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (CALLS, f"{CALLS} is missing"),
        ("document.json", "document.json is missing"),
        ("keys/01.txt", "keys/ are not whole: keys/01.txt: is missing"),
        ("carried/backup/2026-11.csv", "carried/backup/2026-11.csv is missing"),
        ("earlier/000001/basis.json", "earlier/000001/basis.json is missing"),
        (
            "events/calls/2026-10/2026-10.csv",
            "events/calls/2026-10/2026-10.csv is missing",
        ),
    ],
)
def test_a_file_that_is_missing_is_named(
    tmp_path: Path, november: dict[str, bytes], name: str, sentence: str
) -> None:
    files = dict(november)
    del files[name]
    assert sentence in found_in(tmp_path, files, KEY_ITSELF)


def test_a_file_that_does_not_belong_is_named(tmp_path: Path, october: dict[str, bytes]) -> None:
    files = {**october, "events/calls/2026-10/2026-09.csv": b"", "notes.txt": b""}
    assert found_in(tmp_path, files, KEY_ITSELF) == [
        "events/calls/2026-10/2026-09.csv does not belong to this bundle",
        "notes.txt does not belong to this bundle",
    ]


def test_a_readme_that_somebody_wrote_is_remarked(
    tmp_path: Path, october: dict[str, bytes]
) -> None:
    files = {**october, "README.txt": b"All is well."}
    report = checked(tmp_path, repacked(files), KEY_ITSELF)
    assert report.is_valid
    assert report.remarks == ["README.txt is not the one of this version: go by docs/verify.md."]


def test_other_levels_carried_in_are_found(tmp_path: Path, november: dict[str, bytes]) -> None:
    path = "carried/backup/2026-11.csv"
    header, first, second = lines_of(november, path)
    found = found_in(tmp_path, {**november, path: header + first}, KEY_ITSELF)
    assert f"{path} has 1 events, and HARB-2026-0002 was made from 2" in found
    of_vm_1 = first.replace(b"vm-2", b"vm-1")
    assert (of_vm_1 != first) != (second.replace(b"vm-2", b"vm-1") != second)
    both = header + of_vm_1 + second.replace(b"vm-2", b"vm-1")
    found = found_in(tmp_path, {**november, path: both}, KEY_ITSELF)
    assert f"{path} has more than one level of vm-1" in found


def lying(**fields: Any) -> Books:  # noqa: ANN401 - of a manifest
    """October, signed with a manifest that says of the calls what is not so."""
    books = one_month()
    (issued,) = books.issued
    manifest = manifest_from(note_from(issued.manifest).text)
    changed = replace(manifest, **fields)
    books.issued = [replace(issued, manifest=str(KEY.sign(manifest_text(changed))))]
    return books


def october_manifest() -> Manifest:
    (issued,) = one_month().issued
    return manifest_from(note_from(issued.manifest).text)


def test_an_issuer_that_excludes_what_counts_is_found(tmp_path: Path) -> None:
    manifest = october_manifest()
    backup, calls = manifest.evidence
    (exclusion,) = manifest.exclusions
    other = one_month().recorded[3].event.event_id
    wrongly = lying(exclusions=(replace(exclusion, event_id=other),))
    found = [str(x) for x in checked(tmp_path, packed(wrongly.bundle()), KEY_ITSELF).findings]
    assert any(
        f"has the event {exclusion.event_id} counted, though {exclusion.by} supersedes it" in each
        for each in found
    )
    by_another = lying(exclusions=(replace(exclusion, by=other),))
    found = [str(x) for x in checked(tmp_path, packed(by_another.bundle()), KEY_ITSELF).findings]
    assert "excluded as superseded by another than the one that does" in found[0]
    withdraws = replace(exclusion, reason=ExclusionReason.WITHDRAWS, by=None)
    as_one = lying(exclusions=(withdraws,))
    found = [str(x) for x in checked(tmp_path, packed(as_one.bundle()), KEY_ITSELF).findings]
    assert "excluded as one that withdraws, which it does not" in found[0]
    unknown = lying(exclusions=(replace(exclusion, event_id=UUID(int=7)),))
    found = [str(x) for x in checked(tmp_path, packed(unknown.bundle()), KEY_ITSELF).findings]
    assert f"does not hold the event {UUID(int=7)}, which HARB-2026-0001 excludes" in found[0]
    more = lying(evidence=(backup, replace(calls, included_count=2)))
    found = [str(x) for x in checked(tmp_path, packed(more.bundle()), KEY_ITSELF).findings]
    assert found == [f"{CALLS} has 1 events that are included, HARB-2026-0001 says 2"]


def test_a_withdrawal_that_is_not_excluded_is_found(tmp_path: Path) -> None:
    books = three_months()
    issued = books.issued[1]
    manifest = manifest_from(note_from(issued.manifest).text)
    kept = tuple(x for x in manifest.exclusions if x.reason is not ExclusionReason.WITHDRAWS)
    sets = tuple(replace(x, excluded_count=min(x.excluded_count, 1)) for x in manifest.evidence)
    changed = replace(manifest, exclusions=kept, evidence=sets)
    books.issued[1] = replace(issued, manifest=str(KEY.sign(manifest_text(changed))))
    del books.issued[2:]
    found = [str(x) for x in checked(tmp_path, packed(books.bundle()), KEY_ITSELF).findings]
    assert "which only withdraws another, not excluded" in found[0]
