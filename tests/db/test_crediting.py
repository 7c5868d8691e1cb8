"""Credit notes, in part and in whole, and a month that is billed again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from billing_core.prices import Agreement
from db.commands.closing import Again, ClosingRefusedError, Corrected, Crediting, credit
from db.queries.month_drafts import standing_of
from db.queries.month_preview import preview_of
from db.queries.setup import agreements_of
from tests.support.closing import Books, books, proved
from tests.support.corrections import recorded
from tests.support.database import Database

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 9, tzinfo=UTC)


@pytest.fixture
def own(database: Database) -> Books:
    """October: 150 GB of egress, 150.00."""
    made = books(database)
    client = made.ground
    recorded(client, client.event("2026-10-05T10:00:00+00:00", "150"), as_of=NOVEMBER)
    made.close("2026-10", NOVEMBER)
    return made


def credited(
    own: Books,
    amounts: dict[int, Decimal] | None = None,
    again: Again | None = None,
    number: str = "HARBOUR-2026-0001",
    reason: str = "An outage",
    question: int | None = None,
) -> Corrected:
    asked = Crediting(
        client_id=own.client_id,
        number=number,
        reason=reason,
        as_of=LATER,
        actor="ada",
        amounts=amounts,
        again=again,
        question_id=question,
    )
    return credit(own.database.writer, asked, own.key)


def agreement_of(own: Books) -> Agreement:
    with own.database.as_writer(own.client_id) as connection:
        [agreement] = agreements_of(connection, own.client_id)
    return agreement


def halved(own: Books) -> Agreement:
    """The rate card with egress at 0.50, whatever the quantity."""
    agreement = agreement_of(own)
    prices = tuple(
        replace(
            price,
            tiers=tuple(replace(tier, unit_price=Decimal("0.5")) for tier in price.tiers),
        )
        if price.code == "egress"
        else price
        for price in agreement.prices
    )
    return replace(agreement, prices=prices)


def test_a_line_is_credited_in_part_by_a_document_of_its_own(own: Books, tmp_path: Path) -> None:
    corrected = credited(own, {1: Decimal("20.00")})
    assert (corrected.credit_note, corrected.replacement) == ("HARBOUR-2026-0002", None)
    assert own.lines("HARBOUR-2026-0002") == [("egress", "-20.00")]
    document = own.document("HARBOUR-2026-0002")
    assert (document.kind, document.corrects, document.reason) == (
        "credit_note",
        "HARBOUR-2026-0001",
        "An outage",
    )
    assert proved(own, "HARBOUR-2026-0002", tmp_path) == []


def test_asked_for_again_it_is_the_same_credit_note(own: Books) -> None:
    first = credited(own, {1: Decimal("20.00")})
    second = credited(own, {1: Decimal(20)})
    assert (first.is_new, second.is_new) == (True, False)
    assert second.credit_note == first.credit_note
    other = credited(own, {1: Decimal("20.00")}, reason="Another outage")
    assert other.credit_note == "HARBOUR-2026-0003"


def test_f31_no_line_is_credited_beyond_what_remains_of_it(own: Books) -> None:
    credited(own, {1: Decimal("100.00")})
    with pytest.raises(ClosingRefusedError, match=r"is more than the 50\.00 that remain of egress"):
        credited(own, {1: Decimal("50.01")}, reason="Too much")
    with pytest.raises(ClosingRefusedError, match="has no such line"):
        credited(own, {7: Decimal("1.00")}, reason="Nothing there")
    assert credited(own, {1: Decimal("50.00")}, reason="The rest").is_new
    assert own.ground.rows(
        "SELECT sum(net)::text FROM billing.invoice WHERE client_id = :client"
    ) == [("0.000000000000",)]


def test_a_document_that_is_not_there_is_not_credited(own: Books) -> None:
    with pytest.raises(ClosingRefusedError, match=r"There is no document X\."):
        credited(own, number="X")


def test_a_month_is_billed_again_by_a_corrected_rate_card(own: Books, tmp_path: Path) -> None:
    """150 GB at 0.50 instead of 1.00."""
    corrected = credited(own, again=Again(agreement=halved(own)), reason="Wrong price")
    assert (corrected.credit_note, corrected.replacement) == (
        "HARBOUR-2026-0002",
        "HARBOUR-2026-0003",
    )
    assert own.lines("HARBOUR-2026-0002")[0] == ("egress", "-150.00")
    assert own.lines("HARBOUR-2026-0003")[0] == ("egress", "75.00")
    assert own.document("HARBOUR-2026-0003").replaces == "HARBOUR-2026-0001"
    again = credited(own, again=Again(agreement=halved(own)), reason="Wrong price")
    assert (again.is_new, again.replacement) == (False, "HARBOUR-2026-0003")
    for number in ("HARBOUR-2026-0001", "HARBOUR-2026-0002", "HARBOUR-2026-0003"):
        assert proved(own, number, tmp_path) == []


def test_what_comes_late_is_reckoned_with_the_document_that_took_the_place(
    own: Books, tmp_path: Path
) -> None:
    """10 GB more at 0.50: 80.00 less 75.00, whatever the credited document said."""
    credited(own, again=Again(agreement=halved(own)), reason="Wrong price")
    client = own.ground
    recorded(client, client.event("2026-10-09T10:00:00+00:00", "10"), as_of=LATER)
    november = own.close("2026-11").number
    assert ("egress of 2026-10", "5.00") in own.lines(november)
    assert proved(own, november, tmp_path) == []


def test_a_month_that_was_adjusted_before_it_was_billed_again_is_adjusted_once_more(
    own: Books, tmp_path: Path
) -> None:
    """November adjusted 10 GB at 1.00; at 0.50 October comes to 80.00, and 75 + 10 were billed."""
    client = own.ground
    recorded(client, client.event("2026-10-09T10:00:00+00:00", "10"), as_of=LATER)
    assert ("egress of 2026-10", "10.00") in own.lines(own.close("2026-11").number)
    credited(own, again=Again(agreement=halved(own)), reason="Wrong price")
    december = own.close("2026-12", datetime(2027, 1, 9, tzinfo=UTC)).number
    assert ("egress of 2026-10", "-5.00") in own.lines(december)
    assert proved(own, december, tmp_path) == []
    january = own.close("2027-01", datetime(2027, 2, 9, tzinfo=UTC)).number
    assert not [each for each, _ in own.lines(january) if "of" in each]


def test_a_draft_adjusts_nothing_while_the_month_before_it_is_not_issued(own: Books) -> None:
    """November adjusted 10 GB, then October was halved: December takes 5.00 back, January nothing.

    Until December is issued nobody knows what it takes back.
    """
    client = own.ground
    recorded(client, client.event("2026-10-09T10:00:00+00:00", "10"), as_of=LATER)
    own.close("2026-11")
    credited(own, again=Again(agreement=halved(own)), reason="Wrong price")
    assert drafted(own, date(2026, 12, 1)) == [("2026-10", "-5.00")] * 2
    assert drafted(own, date(2027, 1, 1)) == []
    own.close("2026-12", FEBRUARY)
    assert drafted(own, date(2027, 1, 1)) == []


def drafted(own: Books, month: date) -> list[tuple[str | None, str]]:
    """What the draft of month end adjusts, and after it that of `jobs close --dry-run`."""
    with own.database.as_writer(own.client_id) as connection:
        standing = standing_of(connection, own.client_id, month, FEBRUARY)
        preview = preview_of(connection, own.client_id, month, FEBRUARY)
    assert standing is not None
    assert preview is not None
    invoices = (standing.draft.invoice, preview.invoice)
    return [
        (line.adjusts, str(line.amount))
        for invoice in invoices
        if invoice is not None
        for line in invoice.lines
        if line.adjusts
    ]


def test_a_credit_is_not_billed_less_when_a_late_event_comes(own: Books, tmp_path: Path) -> None:
    """20.00 were conceded: a late 10 GB is charged 10.00 all the same."""
    credited(own, {1: Decimal("20.00")})
    client = own.ground
    recorded(client, client.event("2026-10-09T10:00:00+00:00", "10"), as_of=LATER)
    november = own.close("2026-11").number
    assert ("egress of 2026-10", "10.00") in own.lines(november)
    assert proved(own, november, tmp_path) == []


def agreed(own: Books, amount: str, line: int = 1) -> int:
    """An agreed dispute of a line of October's document, which the worker has yet to credit."""
    statement = (
        "INSERT INTO billing.invoice_question (client_id, invoice_id, line_number, kind, state, "
        "disputed_amount, agreed_amount, opened_by) SELECT client_id, invoice_id, :line, "
        "'dispute', 'agreed', 60, CAST(:amount AS numeric), 'ada' FROM billing.invoice "
        "WHERE client_id = :client AND number = 'HARBOUR-2026-0001' RETURNING question_id"
    )
    [(question,)] = own.ground.rows(statement, line=line, amount=amount)
    return int(str(question))


def test_what_was_agreed_is_credited_before_anything_else_of_its_line(own: Books) -> None:
    first, second = agreed(own, "20.00"), agreed(own, "10.00")
    sentence = (
        rf"Dispute {first} of line 1 is agreed to and not credited yet: let the worker credit it "
        r"first \(`jobs worker --once`\)\."
    )
    with pytest.raises(ClosingRefusedError, match=sentence):
        credited(own, {1: Decimal("5.00")})
    with pytest.raises(ClosingRefusedError, match=sentence):
        credited(own)
    with pytest.raises(ClosingRefusedError, match=sentence):
        credited(own, again=Again())
    note = credited(own, {1: Decimal("20.00")}, reason="Agreed", question=first).credit_note
    assert own.lines(note) == [("egress", "-20.00")]
    note = credited(own, {1: Decimal("10.00")}, reason="Agreed", question=second).credit_note
    assert own.lines(note) == [("egress", "-10.00")]
    assert own.lines(credited(own).credit_note)[0] == ("egress", "-120.00")


def test_what_was_agreed_of_one_line_keeps_nobody_from_another(own: Books) -> None:
    agreed(own, "20.00", line=2)
    assert credited(own, {1: Decimal("5.00")}).credit_note == "HARBOUR-2026-0002"


def test_what_was_credited_in_whole_is_billed_again_later(own: Books, tmp_path: Path) -> None:
    """150.00 were taken back; 150 GB at 0.50 are 75.00."""
    assert credited(own).replacement is None
    again = Again(agreement=halved(own))
    corrected = credited(own, again=again, reason="Wrong price")
    assert (corrected.credit_note, corrected.replacement) == (
        "HARBOUR-2026-0002",
        "HARBOUR-2026-0003",
    )
    assert (corrected.is_new, corrected.was_credited) == (True, True)
    assert own.lines("HARBOUR-2026-0003")[0] == ("egress", "75.00")
    assert own.document("HARBOUR-2026-0003").replaces == "HARBOUR-2026-0001"
    assert proved(own, "HARBOUR-2026-0003", tmp_path) == []
    second = credited(own, again=again, reason="Wrong price")
    assert (second.is_new, second.credit_note, second.replacement) == (
        False,
        "HARBOUR-2026-0002",
        "HARBOUR-2026-0003",
    )


@pytest.mark.parametrize("is_credited_first", [True, False])
def test_what_has_been_billed_again_is_not_billed_once_more(
    own: Books, *, is_credited_first: bool
) -> None:
    if is_credited_first:
        credited(own)
    number = credited(own, again=Again(), reason="A wrong address").replacement
    with pytest.raises(
        ClosingRefusedError,
        match=rf"{number} took the place of HARBOUR-2026-0001 already: credit that one\.",
    ):
        credited(own, again=Again(), reason="Another reason")
