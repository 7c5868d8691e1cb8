"""Closing a month: two transactions, a cut and an issue. Either may be done again.

Killed anywhere, the same command goes on where it was; done twice, it gives the same document.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, Engine, text

from billing_core.proof.note import Note, note_from
from db.commands.audit import note
from db.commands.billing_periods import ensure_period
from db.commands.closing.approvals import require_approval
from db.commands.closing.building import build_month
from db.commands.closing.cut import cut, lock_month
from db.commands.closing.issuing import issue_document
from db.commands.closing.lost import again_if_lost
from db.commands.closing.ready import require_ready
from db.commands.closing.signer import Signer, require_known_key
from db.commands.closing.turn import take_turn
from db.commands.ingest.changed_months import EVERY_MONTH, raise_from
from db.commands.ingest.retries import tried_again
from db.queries.billing_calendar import MonthState, calendar_of
from db.queries.parties import parties_of
from db.session import writer_transaction

_DOCUMENT: Final = text(
    """
    SELECT number, manifest FROM billing.invoice
    WHERE client_id = :client AND billing_period = :month
      AND corrects_invoice_id IS NULL AND replaces_invoice_id IS NULL
    """
)
_ISSUED: Final = text(
    """
    UPDATE billing.billing_period SET state = 'issued'
    WHERE client_id = :client AND billing_period = :month
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What is asked for: a client's month, by whom, and when."""

    client_id: int
    month: date  #: by its first day
    as_of: datetime  #: the present, UTC
    actor: str
    override: str = ""  #: why in spite of what is not ready; "": only if all is
    of_approval: bool = False  #: only while an approval on screen stands, with its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A month that has its document."""

    number: str
    note: Note  #: the document's signed manifest
    is_new: bool  #: whether it was issued now


def close_month(engine: Engine, asked: Closing, signer: Signer | None) -> Closed | None:
    """Close a client's month: give it its document, or the one that it has.

    Args:
        engine: of the writer.
        asked: which month, and why.
        signer: signs the document's manifest.

    Returns:
        None where the month has no document: no agreement runs in it, or it is not billed here.

    Raises:
        ClosingRefusedError: with sentences; nothing was issued.
        AtWorkError: another closer, or a writer, was at work for longer than this one waits.
    """
    return again_if_lost(lambda: _closed(engine, asked, signer))


def _closed(engine: Engine, asked: Closing, signer: Signer | None) -> Closed | None:
    if not tried_again(lambda: _cut(engine, asked, signer)):
        return None
    return tried_again(lambda: _issue(engine, asked, signer))


def _cut(engine: Engine, asked: Closing, signer: Signer | None) -> bool:
    """Cut the month, unless it is; False where it has no document."""
    client_id, month = asked.client_id, asked.month
    with writer_transaction(engine, [client_id]) as connection:
        take_turn(connection, client_id)
        calendar = calendar_of(connection, client_id)
        if not calendar.has_document(month):
            return False
        if calendar.state_of(month) is not MonthState.OPEN:
            return True
        require_known_key(connection, signer, asked.as_of)
        ensure_period(connection, client_id, calendar.period_of(month))
        lock_month(connection, client_id, month)
        reason = require_approval(connection, client_id, month) if asked.of_approval else ""
        override = require_ready(
            connection, client_id, calendar, month, asked.as_of, reason or asked.override
        )
        cut(connection, client_id, month, asked.as_of, override)
        raise_from(connection, client_id, EVERY_MONTH)
    return True


def _issue(engine: Engine, asked: Closing, signer: Signer | None) -> Closed:
    """Build a cut month at one state of the database, and issue it, unless it is."""
    client_id, month = asked.client_id, asked.month
    with writer_transaction(engine, [client_id], of_one_state=True) as connection:
        take_turn(connection, client_id)
        locked = lock_month(connection, client_id, month)
        if locked.state is MonthState.ISSUED:
            return _found(connection, client_id, month)
        key = require_known_key(connection, signer, asked.as_of)
        calendar = calendar_of(connection, client_id)
        built = build_month(connection, client_id, calendar, month, reason=locked.cut_reason)
        parties = parties_of(connection, client_id)
        issued = issue_document(connection, client_id, parties, built, key, asked.as_of)
        connection.execute(_ISSUED, {"client": client_id, "month": month})
        raise_from(connection, client_id, EVERY_MONTH)
        detail = {"month": f"{month:%Y-%m}", "in_spite": locked.cut_reason}
        note(
            connection,
            actor=asked.actor,
            action="invoice_issued",
            subject=issued.document.number,
            client_id=client_id,
            detail={name: value for name, value in detail.items() if value},
        )
    return Closed(number=issued.document.number, note=issued.note, is_new=True)


def _found(connection: Connection, client_id: int, month: date) -> Closed:
    row = connection.execute(_DOCUMENT, {"client": client_id, "month": month}).one()
    return Closed(number=row.number, note=note_from(row.manifest), is_new=False)
