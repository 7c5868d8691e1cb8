"""A bill that an issuer signed knowing that it is wrong: the signature holds, the bill does not.

Whoever has the key is the issuer here: its owner, or a thief.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from billing_core import event
from billing_core.period import BillingPeriod, month_period
from billing_core.proof import Disposition, manifest_from, manifest_text
from billing_core.proof.endorsement import Endorsement, endorsement_text
from billing_core.proof.note import note_from
from documents.bundle import KeyRecord
from documents.heads import head_from
from documents.keys import SigningKey
from documents.verification import Report
from tests.billing_core.made import meter, utc
from tests.documents import books as making
from tests.documents.books import Books
from tests.documents.packing import checked, files_of, packed, repacked
from tests.documents.test_tampering import lying, october_manifest
from tests.documents.worked import AGREEMENT, BACKUP, CALLS, KEY, one_month, three_months
from tests.scenarios.worked import VAT

GIVEN = KEY.verifier_key
CALLS_FILE = "events/calls/2026-10/2026-10.csv"
OTHER = SigningKey("quayside.example/2027", bytes(range(1, 33)))


def reported(folder: Path, books: Books, position: int | None = None) -> Report:
    """What is said of a bundle that its issuer made."""
    return checked(folder, packed(books.bundle(position)), GIVEN)


def found(folder: Path, books: Books, position: int | None = None) -> list[str]:
    return list(map(str, reported(folder, books, position).findings))


@pytest.fixture
def open_books() -> Books:
    """The books of October, before it is closed."""
    books = one_month()
    books.issued.clear()
    return books


def test_a_draft_is_no_bill_of_its_month(tmp_path: Path, open_books: Books) -> None:
    draft = open_books.built("2026-10", utc("2026-10-04T00:00"))
    # the 70 of 14 October take the place of the wrong 60; on the 4th nothing had been called
    assert [str(line.amount) for line in draft.lines if line.meter == "calls"] == ["0.00"]
    open_books.close("2026-10", invoice=draft)
    assert found(tmp_path, open_books) == [
        (
            "document.json was computed as of 2026-10-04 00:00:00+00:00, before its month had "
            "ended: it is a draft"
        )
    ]


def test_nothing_is_known_that_came_after_the_issue(tmp_path: Path, open_books: Books) -> None:
    invoice = open_books.built("2026-10")
    later = replace(invoice, as_of=invoice.period.ends_at + timedelta(days=2))
    open_books.close("2026-10", invoice=later)
    assert found(tmp_path, open_books) == [
        (
            "document.json was computed as of 2026-11-02 23:00:00+00:00, after its issue at "
            "2026-10-31 23:00:00+00:00"
        )
    ]


def followed(*, is_endorsed: bool) -> Books:
    """October signed by the key that clients were given, November by another since the 15th."""
    books = one_month()
    said = Endorsement(key=OTHER.verifier_key, follows=GIVEN, starts_at=utc("2026-11-15T00:00"))
    note = str(OTHER.sign_too(KEY.sign(endorsement_text(said)))) if is_endorsed else None
    books.keys.append(KeyRecord(verifier=str(OTHER.verifier_key), endorsement=note))
    books.key = OTHER
    books.close("2026-11")
    return books


@pytest.mark.parametrize("is_endorsed", [True, False])
def test_a_key_that_another_followed_signs_no_more_whatever_day_it_names(
    tmp_path: Path, *, is_endorsed: bool
) -> None:
    books = followed(is_endorsed=is_endorsed)
    assert reported(tmp_path, books, 1).is_valid
    books.key = KEY
    books.credit("HARB-2026-0001", {3: Decimal("1.00")}, issued_at=utc("2026-11-10T00:00"))
    report = reported(tmp_path, books)
    assert [str(each) for each in report.findings] == [
        "manifest.txt is signed by a key that another had followed by then"
    ]
    assert report.remarks == ["1 manifests are dated before the one that they follow."]


def test_manifests_after_the_last_that_counts_prove_nothing(tmp_path: Path) -> None:
    books = followed(is_endorsed=False)
    report = reported(tmp_path, books, 1)
    assert report.is_valid
    assert "in place 1 of a chain of 1 without a gap" in report.holds[0]
    assert report.remarks == [
        "1 later manifests are signed by keys that nothing joins to the one given."
    ]


def test_a_place_that_no_bundle_has_room_for_costs_nothing(tmp_path: Path) -> None:
    books = lying(position=10**18 - 1, previous=bytes(32))
    files = files_of(packed(one_month().bundle()))
    files["manifest.txt"] = books.issued[0].manifest.encode()
    report = checked(tmp_path, repacked(files), GIVEN)
    assert [str(each) for each in report.findings] == [
        "manifest.txt is in place 999999999999999999; the chain is not here"
    ]


def test_a_head_in_a_gap_of_the_chain_is_told_so(tmp_path: Path) -> None:
    books = three_months()
    files = files_of(packed(books.bundle()))
    del files["chain/000002.txt"]
    head = head_from(books.issued[1].manifest, "head.note")
    report = checked(tmp_path, repacked(files), GIVEN, head)
    assert "the head is HARB-2026-0002 in place 2, which the bundle's chain lacks" in map(
        str, report.findings
    )


def test_who_signed_is_whose_signature_counts(tmp_path: Path) -> None:
    books = one_month()
    files = files_of(packed(books.bundle()))
    line = "\u2014 trusted-auditor.example AAAAAAAA\n".encode()
    files["manifest.txt"] = files["manifest.txt"].replace(b"\n\n", b"\n\n" + line)
    report = checked(tmp_path, repacked(files), GIVEN)
    assert report.holds[0].startswith("It is signed by quayside.example/invoices, in place 1")


def signed_anew(books: Books, position: int, **fields: Any) -> None:  # noqa: ANN401 - of a manifest
    """Sign a document once more, with a manifest that says other things; what follows is gone."""
    issued = books.issued[position - 1]
    manifest = manifest_from(note_from(issued.manifest).text)
    changed = manifest_text(replace(manifest, **fields))
    books.issued[position - 1 :] = [replace(issued, manifest=str(books.key.sign(changed)))]


def test_late_records_that_a_price_asks_for_are_not_left_out_as_unpriced(tmp_path: Path) -> None:
    books = one_month()
    without = books.built("2026-11")
    books.record("2026-11", "calls", "2026-10-20T10:00", "-33")
    books.close("2026-11", invoice=without)
    # 130 - 33 = 97 are within the 100 that are included: 3.00 would have to be given back
    assert "2026-10" not in {line.adjusts for line in without.lines}
    assert found(tmp_path, books) == [
        (
            "events/calls/2026-11/2026-10.csv is said to be unpriced, though HARB-2026-0001 has "
            "a price for calls"
        )
    ]


def test_late_records_that_no_price_asks_for_adjust_nothing(tmp_path: Path) -> None:
    books = one_month()
    books.meters = (BACKUP, CALLS, meter("sum", code="spare", name="Spare", unit="1"))
    books.record("2026-11", "spare", "2026-10-20T10:00", "7")
    books.close("2026-11")
    files = files_of(packed(books.bundle()))
    assert "earlier/000001/rate_card.json" in files
    report = reported(tmp_path, books)
    assert (report.findings, report.remarks) == ([], [])


def with_levels_of(books: Books, other: Books) -> dict[str, bytes]:
    """The files of the newest document, which its issuer signed with levels of other books."""
    position = len(books.issued)
    levels = manifest_from(note_from(other.issued[position - 1].manifest).text).carried
    signed_anew(books, position, carried=levels)
    carried = {
        name: content
        for name, content in files_of(packed(other.bundle(position))).items()
        if name.startswith("carried/")
    }
    return {**files_of(packed(books.bundle(position))), **carried}


def test_a_level_that_was_taken_back_is_not_carried(tmp_path: Path) -> None:
    books, other = one_month(), one_month()
    for each in (books, other):
        each.issued.clear()
        level = each.record("2026-09", "backup", "2026-09-20T10:00", "999", resource="vm-9")
    by = books.record(
        "2026-10",
        "backup",
        "2026-10-02T10:00",
        "0",
        supersedes=level.event_id,
        reason="a typo",
        withdraws=True,
    )
    other.close("2026-10")
    books.close("2026-10", invoice=other.documents()[0].document.invoice)
    report = checked(tmp_path, repacked(with_levels_of(books, other)), GIVEN)
    assert [str(each) for each in report.findings] == [
        (
            f"carried/backup/2026-10.csv carries the event {level.event_id}, though "
            f"{by.event_id} supersedes it"
        )
    ]


def test_a_level_that_a_later_one_replaced_is_not_carried(tmp_path: Path) -> None:
    books, other = one_month(), one_month()
    books.issued.clear()
    last = books.record("2026-10", "backup", "2026-10-20T10:00", "130")
    books.close("2026-10")
    for each in (other, books):
        each.record("2026-11", "calls", "2026-10-20T10:00", "33", source_event_id="late")
    other.close("2026-11")
    books.close("2026-11", invoice=other.documents()[1].document.invoice)
    report = checked(tmp_path, repacked(with_levels_of(books, other)), GIVEN)
    stale = books.recorded[0].event.event_id
    assert [str(each) for each in report.findings] == [
        (
            f"carried/backup/2026-11.csv carries the event {stale}, though {last.event_id} "
            "states its level later"
        )
    ]


def test_a_month_is_billed_once(tmp_path: Path) -> None:
    books = one_month()
    books.close("2026-10")
    assert found(tmp_path, books) == [
        "document.json bills 2026-10 again, after HARB-2026-0001, and replaces none of them"
    ]


def test_a_document_takes_the_place_of_one_that_was_credited_in_whole(tmp_path: Path) -> None:
    for credits_ in ({}, {1: Decimal("999.99")}, {1: Decimal("1000.00"), 2: Decimal("66.28")}):
        books = one_month()
        if credits_:
            books.credit("HARB-2026-0001", credits_)
        books.close("2026-10", replaces="HARB-2026-0001", reason="anew")
        assert found(tmp_path, books) == [
            "document.json replaces HARB-2026-0001, which was not credited in whole"
        ]
    books.issued.pop()
    books.credit("HARB-2026-0001", None)
    books.close("2026-10", replaces="HARB-2026-0001", reason="anew")
    assert found(tmp_path, books) == []


def test_a_document_is_replaced_once_and_by_one_of_its_month(tmp_path: Path) -> None:
    books = one_month()
    books.credit("HARB-2026-0001", None)
    books.close("2026-10", replaces="HARB-2026-0001", reason="anew")
    books.close("2026-10", replaces="HARB-2026-0001", reason="and anew")
    sentence = "document.json replaces HARB-2026-0001, which is not the one that stands for"
    assert found(tmp_path, books) == [f"{sentence} 2026-10"]
    books.credit("HARB-2026-0003", None)
    books.close("2026-11", replaces="HARB-2026-0001", reason="in November")
    assert found(tmp_path, books) == [f"{sentence} 2026-11"]


def test_a_number_is_given_once(tmp_path: Path) -> None:
    books = one_month()
    books.close("2026-11", number="HARB-2026-0001")
    assert found(tmp_path, books) == ["chain/ has the number HARB-2026-0001 more than once"]


@pytest.fixture
def given_back(open_books: Books) -> Books:
    """October with 20 calls given back, which the bill that its issuer signed leaves out."""
    invoice = one_month().documents()[0].document.invoice
    open_books.record("2026-10", "calls", "2026-10-15T10:00", "-20")
    open_books.close("2026-10", invoice=invoice)
    return open_books


def exclude(books: Books, excluded: UUID, by: UUID) -> None:
    """Have October's manifest exclude another event of the calls."""
    manifest = books.documents()[0].manifest
    backup, calls = manifest.evidence
    more = replace(manifest.exclusions[0], event_id=excluded, by=by)
    exclusions = sorted((*manifest.exclusions, more), key=lambda each: str(each.event_id))
    sets = (backup, replace(calls, excluded_count=2))
    signed_anew(books, 1, exclusions=tuple(exclusions), evidence=sets)


def test_an_event_that_supersedes_nothing_takes_no_place(tmp_path: Path, given_back: Books) -> None:
    back, by = given_back.recorded[-1].event.event_id, given_back.recorded[3].event.event_id
    exclude(given_back, back, by=by)
    assert found(tmp_path, given_back) == [
        f"{CALLS_FILE} has the event {back} excluded as superseded by {by}, which does not name it"
    ]


def test_an_event_supersedes_one_other(tmp_path: Path, given_back: Books) -> None:
    back, by = given_back.recorded[-1].event.event_id, given_back.recorded[4].event.event_id
    exclude(given_back, back, by=by)
    assert found(tmp_path, given_back) == [
        f"{CALLS_FILE} has the event {back} excluded as superseded by {by}, which does not name it",
        f"manifest.txt has {by} supersede several events",
    ]


def test_an_event_of_another_months_bundle_is_only_said_to_supersede(
    tmp_path: Path, given_back: Books
) -> None:
    exclude(given_back, given_back.recorded[-1].event.event_id, by=UUID(int=7))
    report = reported(tmp_path, given_back)
    assert report.is_valid
    assert report.remarks == [
        (
            "1 excluded events are said to be superseded by events of months that this bundle "
            "does not hold."
        )
    ]


def of_a_month(period: BillingPeriod, billed: str, monkeypatch: pytest.MonkeyPatch) -> Books:
    """October between other bounds: 900 GB since 11:30 on the 20th."""
    monkeypatch.setattr(making, "month_period", lambda _name, _zone: period)
    books = Books(agreement=AGREEMENT, meters=(BACKUP, CALLS), key=KEY, tax_rates=(VAT,))
    books.record(billed, "backup", "2026-10-20T11:30", "900")
    books.close("2026-10")
    return books


def test_a_month_is_no_hour_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts_at, ends_at = utc("2026-10-20T12:00"), utc("2026-10-20T13:00")
    zone = AGREEMENT.zone
    hour = BillingPeriod(name="2026-10", starts_at=starts_at, ends_at=ends_at, zone=zone)
    assert found(tmp_path, of_a_month(hour, "2026-09", monkeypatch)) == [
        f"document.json has 2026-10 from {starts_at} to {ends_at}, which it is not in {zone}"
    ]


def test_a_month_in_which_the_client_moved_is_remarked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = replace(month_period("2026-10", AGREEMENT.zone), starts_at=utc("2026-10-01T10:00"))
    books = of_a_month(moved, "2026-10", monkeypatch)
    report = reported(tmp_path, books)
    assert report.is_valid
    assert report.remarks == [
        (
            "document.json has 2026-10 from 2026-10-01 10:00:00+00:00 to 2026-10-31 "
            "23:00:00+00:00, as if Europe/Amsterdam was not its zone before."
        )
    ]


def test_a_month_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    backup, calls = october_manifest().evidence
    more = replace(calls, usage_period="2026-99", excluded_count=0)
    books = lying(evidence=(backup, calls, more))
    assert found(tmp_path, books)[-1] == (
        "the rest could not be checked: name: '2026-99' is not a month, like 2026-10"
    )


def test_lengths_are_counted_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(event, "_field", counted_in_signs)
        books = one_month()
        books.issued.clear()
        wrong = books.record("2026-10", "calls", "2026-10-15T10:00", "1", source="t\u00e9l\u00e9")
        wrong_id = wrong.event_id
        named = books.record("2026-10", "calls", "2026-10-15T11:00", "1", resource="Z\u00fcrich")
        books.close("2026-10")
        content = packed(books.bundle())
    report = checked(tmp_path, content, GIVEN)
    sentences = "\n".join(map(str, report.findings))
    assert f"(event '{wrong_id}') has an id that its source" in sentences
    assert f"has the event '{named.event_id}' with a content that does not make" in sentences


def counted_in_signs(text: str | None) -> bytes:
    return b"-\n" if text is None else f"{len(text)}:{text}\n".encode()


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        (
            {"lines": (2,)},
            [
                "is said to stand behind line 2, which is none of its meter",
                "is not said to stand behind line 3, which bills it",
            ],
        ),
        (
            {"lines": (), "disposition": Disposition.UNPRICED},
            ["is not said to stand behind line 3, which bills it"],
        ),
        (
            {"disposition": Disposition.TOO_LATE},
            ["is said to be too late, which its lines are not"],
        ),
    ],
)
def test_a_set_stands_behind_the_lines_that_bill_it(
    tmp_path: Path, said: dict[str, Any], sentences: list[str]
) -> None:
    backup, calls = october_manifest().evidence
    books = lying(evidence=(backup, replace(calls, **said)))
    assert found(tmp_path, books) == [f"{CALLS_FILE} {each}" for each in sentences]
