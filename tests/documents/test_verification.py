"""A bundle that nobody touched holds, and says what holds."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from billing_core.proof import Disposition
from billing_core.proof.endorsement import Endorsement, endorsement_text
from documents.bundle import KeyRecord
from documents.heads import Head, head_from
from documents.keys import SigningKey
from documents.verification import Report, Unreadable, looking, verify_bundle
from tests.billing_core.made import agreement, meter, price, utc
from tests.documents.books import Books
from tests.documents.packing import checked, packed
from tests.documents.worked import AGREEMENT, BACKUP, CALLS, KEY, one_month, three_months
from tests.scenarios.worked import VAT


def verified(folder: Path, books: Books, position: int, head: Head | None = None) -> Report:
    return checked(folder, packed(books.bundle(position)), KEY.verifier_key, head)


def head_of(books: Books, position: int) -> Head:
    return head_from(books.issued[position - 1].manifest, "head.note")


def test_the_worked_months_come_to_what_was_worked_by_hand() -> None:
    first, second, _ = (each.document.invoice for each in three_months().documents())
    # 140 GB for 28 days and 13 hours of 745 hours, 14 GB for 26 days and 13 hours:
    # (140 × 685 + 14 × 637) ÷ 745 = 140.695…, 100 × 0.5 + 40.695… × 0.4 = 66.278…
    assert [(line.price_code, str(line.amount)) for line in first.lines] == [
        ("base", "1000.00"),
        ("backup", "66.28"),
        ("calls", "3.00"),
    ]
    late = second.lines[-1]
    assert (late.price_code, late.adjusts, str(late.amount)) == ("calls", "2026-10", "3.30")


@pytest.mark.parametrize("position", [1, 2, 3])
def test_what_nobody_touched_holds(tmp_path: Path, position: int) -> None:
    report = verified(tmp_path, three_months(), position)
    assert report.findings == []
    assert report.remarks == []


def test_it_says_what_holds(tmp_path: Path) -> None:
    # 1,000.00 + 47.45 + 0.00 + 2.55 shortfall + 3.30 of October = 1,053.30, and 21 %
    report = verified(tmp_path, three_months(), 2)
    assert report.title == "invoice HARB-2026-0002 of Quayside IT B.V. to harbour"
    # backup: 2 of October, 1 of November, 2 carried; calls: 3 + 1 of October, 2 of November
    assert report.holds == [
        "It is signed by quayside.example/invoices, in place 2 of a chain of 3 without a gap.",
        (
            "The records (11 in 6 files) are those that were signed, each hashed again; "
            "of its own it excludes 2, each with its reason."
        ),
        "Computed again, every line (5), the tax and the total of 1274.49 EUR come to the same.",
    ]


@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_head_that_the_chain_holds_is_found_in_it(tmp_path: Path, position: int) -> None:
    books = three_months()
    report = verified(tmp_path, books, 2, head_of(books, position))
    assert report.is_valid
    assert report.holds[1] == f"The head, HARB-2026-000{position}, is in the chain."


def test_a_head_that_is_newer_than_the_bundle_tells_of_documents_that_are_gone(
    tmp_path: Path,
) -> None:
    whole, restored = three_months(), one_month()
    report = verified(tmp_path, restored, 1, head_of(whole, 3))
    assert [str(each) for each in report.findings] == [
        (
            "the head is HARB-2026-0003 in place 3; the bundle's chain ends with place 1: "
            "it is older, or documents were lost since"
        )
    ]


def test_a_head_of_another_chain_tells_that_it_was_forked(tmp_path: Path) -> None:
    books, other = one_month(), one_month()
    other.record("2026-11", "calls", "2026-11-20T10:00", "1")
    books.close("2026-11")
    other.close("2026-11")
    report = verified(tmp_path, books, 1, head_of(other, 2))
    assert [str(each) for each in report.findings] == [
        (
            "the head is HARB-2026-0002 in place 2; the bundle's chain has another there, "
            "HARB-2026-0002"
        )
    ]


def test_a_head_that_somebody_else_signed_proves_nothing(tmp_path: Path) -> None:
    books = one_month()
    manifest = head_of(books, 1).note.text
    note = SigningKey.new("quayside.example/invoices").sign(manifest)
    report = verified(tmp_path, books, 1, head_from(str(note), "head.note"))
    assert "which is neither the key that was given nor joined to it" in str(report.findings[0])


def test_the_head_of_another_client_is_no_head_of_this_one(tmp_path: Path) -> None:
    books = one_month()
    other = Books(agreement=agreement(price("flat", fee="1"), client="kestrel"), meters=(), key=KEY)
    other.close("2026-10")
    with pytest.raises(Unreadable, match="the head is of kestrel, the bundle of harbour"):
        verified(tmp_path, books, 1, head_of(other, 1))


@pytest.fixture
def rotated() -> tuple[Books, SigningKey]:
    """October signed by one key, November by the one that follows it on 15 November."""
    books, new = one_month(), SigningKey("quayside.example/2027", bytes(range(1, 33)))
    endorsement = Endorsement(
        key=new.verifier_key, follows=KEY.verifier_key, starts_at=utc("2026-11-15T00:00")
    )
    note = new.sign_too(KEY.sign(endorsement_text(endorsement)))
    books.keys.append(KeyRecord(verifier=str(new.verifier_key), endorsement=str(note)))
    books.key = new
    books.close("2026-11")
    return books, new


@pytest.mark.parametrize("position", [1, 2])
def test_a_key_is_trusted_through_the_one_before_it_and_the_one_after_it(
    tmp_path: Path, rotated: tuple[Books, SigningKey], position: int
) -> None:
    books, new = rotated
    content = packed(books.bundle(position))
    for key in (KEY.verifier_key, new.verifier_key):
        assert checked(tmp_path, content, key).findings == []


def test_a_key_signs_no_more_once_another_follows_it(
    tmp_path: Path, rotated: tuple[Books, SigningKey]
) -> None:
    books, _ = rotated
    books.key = KEY
    books.close("2026-12")
    report = verified(tmp_path, books, 3)
    assert [str(each) for each in report.findings] == [
        f"manifest.txt is signed by {KEY.verifier_key}, which was not in use when it was issued",
        "manifest.txt is signed by a key that another had followed by then",
    ]


def test_a_key_that_was_lost_is_followed_by_one_that_nobody_endorses(tmp_path: Path) -> None:
    books, new = one_month(), SigningKey("quayside.example/2027", bytes(range(1, 33)))
    books.keys.append(KeyRecord(verifier=str(new.verifier_key)))
    books.key = new
    books.close("2026-11")
    content = packed(books.bundle())
    assert checked(tmp_path, content, new.verifier_key).findings == []
    report = checked(tmp_path, content, KEY.verifier_key)
    assert "which is neither the key that was given nor joined to it" in str(report.findings[0])


def test_a_credit_note_is_computed_from_what_it_credits(tmp_path: Path) -> None:
    books = three_months()
    books.credit("HARB-2026-0001", {3: Decimal("1.00")})
    books.credit("HARB-2026-0001", None)
    for position in (4, 5):
        report = verified(tmp_path, books, position)
        assert report.findings == []
        assert report.title.startswith(f"credit note HARB-2026-000{position} ")


def test_a_month_billed_again_is_computed_again(tmp_path: Path) -> None:
    books = one_month()
    books.credit("HARB-2026-0001", None)
    cheaper = price("unit", code="calls", meter="calls", unit_price="0.05", included_quantity="100")
    prices = (*books.agreement.prices[:2], cheaper)
    books.agreement = replace(books.agreement, prices=prices)
    books.close("2026-10", replaces="HARB-2026-0001", reason="Calls were agreed at 0.05")
    books.record("2026-11", "calls", "2026-10-20T10:00", "10")
    books.close("2026-11")
    for position in (3, 4):
        assert verified(tmp_path, books, position).findings == []
    # 140 - 100 = 40 × 0.05 = 2.00, of which 1.50 was billed
    line = books.documents()[3].document.invoice.lines[-1]
    assert (line.adjusts, str(line.amount)) == ("2026-10", "0.50")


def test_a_fee_paid_beyond_an_end_that_was_learnt_later_is_credited(tmp_path: Path) -> None:
    books = one_month()
    books.agreement = replace(books.agreement, ends_on=utc("2026-11-21T00:00").date())
    books.close("2026-11")
    # 10 of November's 30 days: -1,000.00 × 10 ÷ 30
    line = books.documents()[1].document.invoice.lines[0]
    assert (line.price_code, str(line.amount)) == ("base", "-333.33")
    assert verified(tmp_path, books, 2).findings == []


def test_a_fee_paid_beyond_the_end_of_its_price_is_credited(tmp_path: Path) -> None:
    books = one_month()
    base, *others = books.agreement.prices
    ended = replace(base, ends_on=utc("2026-11-21T00:00").date())
    books.agreement = replace(books.agreement, prices=(ended, *others))
    books.close("2026-11")
    line = books.documents()[1].document.invoice.lines[0]
    assert (line.price_code, str(line.amount)) == ("base", "-333.33")
    assert verified(tmp_path, books, 2).findings == []


def test_distinct_values_and_highest_levels_are_counted_again(tmp_path: Path) -> None:
    users = meter("unique_count", code="users", name="Users", unit="1")
    peak = meter("max", code="peak", name="Peak", unit="GB")
    of = agreement(
        price("unit", code="users", meter="users", unit_price="2", included_quantity="1"),
        price("unit", code="peak", meter="peak", unit_price="3"),
    )
    books = Books(agreement=of, meters=(peak, users), key=KEY)
    for at, who in (("02", "anna"), ("03", "Bédřich"), ("04", "anna")):
        fields = {"counted_value": who, "resource": "Zürich"}
        books.record("2026-10", "users", f"2026-10-{at}T10:00", "1", **fields)
    books.record("2026-10", "peak", "2026-10-02T10:00", "5")
    books.record("2026-10", "peak", "2026-10-03T10:00", "4")
    books.close("2026-10")
    books.close("2026-11")
    assert [str(each.document.invoice.net) for each in books.documents()] == ["17.00", "12.00"]
    for position in (1, 2):
        assert verified(tmp_path, books, position).findings == []


def test_an_event_moved_to_another_month_by_a_later_one_counts_no_more(tmp_path: Path) -> None:
    books = one_month()
    wrong = books.recorded[3].event
    books.record("2026-11", "calls", "2026-10-20T10:00", "33")
    books.close("2026-11")
    # the 60 of 13 October were of 2 December: December bills that, and October again
    books.record(
        "2026-12",
        "calls",
        "2026-12-02T10:00",
        "60",
        supersedes=wrong.event_id,
        reason="of December",
    )
    books.close("2026-12")
    books.record("2027-01", "calls", "2026-10-21T10:00", "5")
    books.close("2027-01")
    # 70 + 33 + 5 = 108: 0.80, where 0.30 was billed
    line = books.documents()[3].document.invoice.lines[-1]
    assert (line.adjusts, str(line.amount)) == ("2026-10", "0.50")
    for position in (3, 4):
        report = verified(tmp_path, books, position)
        assert (report.findings, report.remarks) == ([], [])


def test_what_an_event_of_another_bundle_superseded_stays_out(tmp_path: Path) -> None:
    books = Books(agreement=AGREEMENT, meters=(BACKUP, CALLS), key=KEY, tax_rates=(VAT,))
    wrong = books.record("2026-10", "calls", "2026-10-01T10:00", "500")
    books.record(
        "2026-09",
        "calls",
        "2026-09-30T10:00",
        "5",
        supersedes=wrong.event_id,
        reason="of September",
    )
    books.record("2026-10", "calls", "2026-10-05T10:00", "130")
    for month in ("2026-09", "2026-10"):
        books.close(month)
    books.record("2026-11", "calls", "2026-10-20T10:00", "10")
    books.close("2026-11")
    # 140 - 100 = 40 × 0.10 = 4.00, of which 3.00 was billed; the 500 count nowhere. The commitment
    # of 50 was charged up to, so its shortfall goes down by the same.
    late = [
        (line.price_code, str(line.amount))
        for line in books.documents()[2].document.invoice.lines
        if line.adjusts == "2026-10"
    ]
    assert late == [("calls", "1.00"), ("commitment-shortfall", "-1.00")]
    october, november = verified(tmp_path, books, 2), verified(tmp_path, books, 3)
    assert (october.findings, november.findings) == ([], [])
    assert october.remarks == [
        (
            "1 excluded events are said to be superseded by events of months that this bundle does "
            "not hold."
        )
    ]


def test_a_correction_of_another_months_bundle_is_remarked(tmp_path: Path) -> None:
    books = one_month()
    books.record("2026-11", "calls", "2026-11-02T10:00", "5")
    books.close("2026-11")
    unknown = books.recorded[0].event
    books.record(
        "2026-12",
        "calls",
        "2026-12-02T10:00",
        "60",
        supersedes=unknown.event_id,
        reason="arrived as a backup",
    )
    books.close("2026-12")
    report = verified(tmp_path, books, 3)
    assert report.is_valid


def test_large_files_are_looked_through_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "WORTH_A_PROCESS", 1)
    told: list[tuple[int, int]] = []
    content = packed(three_months().bundle(2))
    (tmp_path / "bundle.zip").write_bytes(content)
    report = verify_bundle(
        tmp_path / "bundle.zip",
        KEY.verifier_key,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert report.findings == []
    assert told[-1] == (9, 9)


def test_levels_that_ended_are_no_part_of_a_month(tmp_path: Path) -> None:
    disk = meter("last", code="disk", name="Disk", unit="GB", holds_for=timedelta(hours=1))
    of = agreement(price("unit", code="disk", meter="disk", unit_price="1"))
    books = Books(agreement=of, meters=(disk,), key=KEY)
    books.record("2026-10", "disk", "2026-10-31T22:30", "5")
    books.close("2026-10")
    books.close("2026-11")
    assert [str(each.document.invoice.net) for each in books.documents()] == ["5.00", "0.00"]
    for position in (1, 2):
        assert verified(tmp_path, books, position).findings == []


def test_records_that_came_too_late_are_charged_nothing(tmp_path: Path) -> None:
    books = one_month()
    books.agreement = replace(books.agreement, back_billing_days=10)
    books.issued.clear()
    books.close("2026-10")
    books.record("2026-11", "calls", "2026-10-20T10:00", "33")
    books.close("2026-11")
    # 30 November is 30 days after October
    line = books.documents()[1].document.invoice.lines[-1]
    assert (line.adjusts, line.is_too_late, str(line.amount)) == ("2026-10", True, "0.00")
    (late, *_) = (x for x in books.documents()[1].manifest.evidence if x.meter == "calls")
    assert late.disposition is Disposition.TOO_LATE
    report = verified(tmp_path, books, 2)
    assert (report.findings, report.remarks) == ([], [])
