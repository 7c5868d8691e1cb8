"""Correcting an issued document: a credit note of it, and, where asked for, its month billed again.

What was asked for and done already is found, not done twice: the same document, amounts and reason.
"""

from typing import Final

from sqlalchemy import Connection, Engine, text

from billing_core.faults import Faults
from billing_core.invoicing.billed_before import credited_of
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import Document
from billing_core.period import month_after
from db.commands.audit import note
from db.commands.closing.building import MonthToBuild, build_month
from db.commands.closing.concerned import Again, Concerned, Corrected, Crediting, concerned_by
from db.commands.closing.issuing import Built, issue_document
from db.commands.closing.lost import again_if_lost
from db.commands.closing.refusals import ClosingRefusedError
from db.commands.closing.signer import Signer, require_known_key
from db.commands.closing.turn import take_turn
from db.commands.ingest.changed_months import EVERY_MONTH, raise_from
from db.commands.ingest.retries import tried_again
from db.queries.billing_calendar import Calendar, MonthState, calendar_by
from db.queries.closing_setup import closing_setup
from db.queries.parties import parties_of
from db.session import writer_transaction

_CREDITED: Final = text(
    """
    UPDATE billing.invoice_question SET credit_invoice_id = :invoice
    WHERE client_id = :client AND question_id = :question AND state = 'agreed'
      AND credit_invoice_id IS NULL
    """
)

_AGREED: Final = text(
    """
    SELECT q.question_id, q.line_number
    FROM billing.invoice_question q JOIN billing.invoice i USING (client_id, invoice_id)
    WHERE q.client_id = :client AND i.number = :number AND q.state = 'agreed'
      AND q.credit_invoice_id IS NULL AND q.line_number IS NOT NULL
    ORDER BY q.question_id
    """
)


def credit(engine: Engine, asked: Crediting, signer: Signer | None) -> Corrected:
    """Credit an issued document, wholly or in part.

    Args:
        engine: of the writer.
        asked: what, and why.
        signer: signs the manifests.

    Raises:
        ClosingRefusedError: with sentences; nothing was issued.
        AtWorkError: another closer is at work for the client.
    """
    return again_if_lost(lambda: tried_again(lambda: _credit(engine, asked, signer)))


def _credit(engine: Engine, asked: Crediting, signer: Signer | None) -> Corrected:
    with writer_transaction(engine, [asked.client_id], of_one_state=True) as connection:
        take_turn(connection, asked.client_id)
        concerned = concerned_by(connection, asked)
        found = concerned.done_before(asked)
        if found is not None:
            return found
        _require_no_other_wish(connection, asked)
        _require_no_replacement(concerned, asked)
        return _issued(
            connection, asked, concerned, require_known_key(connection, signer, asked.as_of)
        )


def _require_no_other_wish(connection: Connection, asked: Crediting) -> None:
    """Refuse while an amount of a line was agreed to that the worker has not credited yet.

    Raises:
        ClosingRefusedError: of a line that is asked for; what is asked for a dispute is no other
            wish than the worker's.
    """
    if asked.question_id is not None:
        return
    rows = connection.execute(_AGREED, {"client": asked.client_id, "number": asked.number})
    for row in rows:
        if asked.amounts is None or row.line_number in asked.amounts:
            raise ClosingRefusedError(
                f"Dispute {row.question_id} of line {row.line_number} is agreed to and not "
                "credited yet: let the worker credit it first (`jobs worker --once`)."
            )


def _require_no_replacement(concerned: Concerned, asked: Crediting) -> None:
    """Refuse to bill a month again whose document another one has replaced.

    Raises:
        ClosingRefusedError: one has.
    """
    if asked.again is not None and concerned.replacement is not None:
        raise ClosingRefusedError(
            f"{concerned.replacement.number} took the place of {asked.number} already: credit "
            "that one."
        )


def _issued(
    connection: Connection, asked: Crediting, concerned: Concerned, signer: Signer
) -> Corrected:
    parties = parties_of(connection, asked.client_id)
    is_credited = asked.again is not None and bool(concerned.notes) and not concerned.remaining()
    built = [] if is_credited else [_credit_of(asked, concerned)]
    if asked.again is not None:
        built.append(_again(connection, asked, asked.again, concerned))
    issued = [
        issue_document(connection, asked.client_id, parties, each, signer, asked.as_of)
        for each in built
    ]
    raise_from(connection, asked.client_id, EVERY_MONTH)
    for each in issued:
        _note(connection, asked, each.document)
    if asked.question_id is not None:
        settled = {"invoice": issued[0].invoice_id, "question": asked.question_id}
        connection.execute(_CREDITED, {**settled, "client": asked.client_id})
    numbers = [each.document.number for each in issued]
    return Corrected(
        credit_note=concerned.notes[-1].number if is_credited else numbers[0],
        replacement=numbers[-1] if asked.again is not None else None,
        notes=tuple(each.note for each in issued),
        is_new=True,
        was_credited=is_credited,
    )


def _credit_of(asked: Crediting, concerned: Concerned) -> Built:
    document = concerned.document
    if asked.again is not None and concerned.replacement is not None:
        number = concerned.replacement.number
        raise ClosingRefusedError(
            f"{asked.number} was billed again already, by {number}: credit that one."
        )
    try:
        invoice = credit_note(
            document,
            credits=asked.amounts,
            credited=credited_of(document, concerned.notes),
            reason=asked.reason,
            as_of=asked.as_of,
            tax_rates=concerned.basis.tax_rates,
        )
    except Faults as faults:
        raise ClosingRefusedError(*(f"{fault}." for fault in faults.faults)) from faults
    return Built(
        invoice=invoice,
        agreement=concerned.agreement,
        basis=concerned.basis,
        is_legal=concerned.is_legal,
        reason=asked.reason,
        corrects=document.number,
    )


def _again(connection: Connection, asked: Crediting, again: Again, concerned: Concerned) -> Built:
    """Build the credited document's month again, from what was known when it was cut."""
    document = concerned.document
    month = document.invoice.period.month
    setup = closing_setup(connection, asked.client_id)
    calendar = calendar_by(connection, asked.client_id, setup.client, setup.agreements)
    agreement = again.agreement or calendar.agreement_of(month)
    own = document.invoice
    if agreement is None or (agreement.code, agreement.currency) != (own.agreement, own.currency):
        raise ClosingRefusedError(
            f"{document.number} bills by the agreement {own.agreement} in {own.currency}: give the "
            "corrected rate card of that one."
        )
    _require_one_currency(calendar, document)
    wanted = MonthToBuild(
        client_id=asked.client_id,
        setup=setup,
        calendar=calendar,
        month=month,
        reason=asked.reason,
        agreement=agreement,
        replaces=document.number,
    )
    return build_month(connection, wanted)


def _require_one_currency(calendar: Calendar, document: Document) -> None:
    """Refuse where the next document, which would adjust the month once more, has another currency.

    Raises:
        ClosingRefusedError: it has.
    """
    following = document.invoice.period.month
    latest = max(each.starts_on for each in calendar.agreements)
    while calendar.state_of(following) is MonthState.ISSUED or (
        calendar.agreement_of(following) is None and following < latest
    ):
        following = month_after(following)
    agreement = calendar.agreement_of(following)
    own = document.invoice.currency
    if agreement is not None and agreement.currency != own:
        raise ClosingRefusedError(
            f"{following:%Y-%m} is billed in {agreement.currency}, and would have to adjust "
            f"{document.number} in {own}: credit it without --rebill, and charge the rest by a "
            "one-off charge."
        )


def _note(connection: Connection, asked: Crediting, document: Document) -> None:
    action = "credit_note_issued" if document.corrects else "invoice_issued"
    detail = {"corrects": asked.number} if document.corrects else {"replaces": asked.number}
    note(
        connection,
        actor=asked.actor,
        action=action,
        subject=document.number,
        client_id=asked.client_id,
        detail={**detail, "reason": asked.reason},
    )
