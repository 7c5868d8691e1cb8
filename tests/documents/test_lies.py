"""A bill that an issuer signed knowing that it is wrong: the signature holds, the bill does not."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.billing_core.made import utc
from tests.documents.books import Books
from tests.documents.packing import checked, packed
from tests.documents.worked import AGREEMENT, BACKUP, CALLS, KEY, one_month
from tests.scenarios.worked import VAT


def found(folder: Path, books: Books, position: int | None = None) -> list[str]:
    """What is found of a bundle that its issuer made."""
    report = checked(folder, packed(books.bundle(position)), KEY.verifier_key)
    return list(map(str, report.findings))


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
        "document.json was computed as of 2026-10-04 00:00:00+00:00, before its month had ended: "
        "it is a draft"
    ]


def test_nothing_is_known_that_came_after_the_issue(tmp_path: Path, open_books: Books) -> None:
    invoice = open_books.built("2026-10")
    later = replace(invoice, as_of=invoice.period.ends_at + timedelta(days=2))
    open_books.close("2026-10", invoice=later)
    assert found(tmp_path, open_books) == [
        "document.json was computed as of 2026-11-02 23:00:00+00:00, after its issue at "
        "2026-10-31 23:00:00+00:00"
    ]
