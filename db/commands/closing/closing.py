"""Closing a month: two transactions, a cut and an issue. Either may be done again.

Killed anywhere, the same command goes on where it was; done twice, it gives the same document.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, Engine, text

from billing_core.proof.note import Note, note_from
from db.commands.billing_periods import ensure_period
from db.commands.closing.approvals import let_go
from db.commands.closing.asked import Closing
from db.commands.closing.building import MonthToBuild, build_month
from db.commands.closing.cut import cut, lock_month
from db.commands.closing.issuing import issue_document
from db.commands.closing.lost import again_if_lost
from db.commands.closing.ready import require_ready
from db.commands.closing.signer import Signer, require_known_key
from db.commands.closing.turn import take_turn
from db.commands.ingest.changed_months import EVERY_MONTH
from db.commands.ingest.retries import tried_again
from db.queries.billing_calendar import MonthState, calendar_by
from db.queries.closing_setup import closing_setup
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
    WITH issued AS (
        UPDATE billing.billing_period SET state = 'issued'
        WHERE client_id = :client AND billing_period = :month),
    noted AS (
        INSERT INTO billing.audit_log (actor, action, subject, client_id, detail)
        VALUES (:actor, 'invoice_issued', :number, :client, CAST(:detail AS jsonb)))
    SELECT billing.raise_client_version(:client, CAST(:every AS date))
    """
)


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
        setup = closing_setup(connection, client_id)
        calendar = calendar_by(connection, client_id, setup.client, setup.agreements)
        if not calendar.has_document(month):
            return False
        if calendar.state_of(month) is not MonthState.OPEN:
            return True
        require_known_key(connection, signer, asked.as_of)
        if f"{month:%Y-%m}" not in calendar.stored:
            ensure_period(connection, client_id, calendar.period_of(month))
        lock_month(connection, client_id, month)
        asked = let_go(connection, asked) if asked.of_approval else asked
        override = require_ready(connection, asked, calendar, setup)
        cut(connection, client_id, month, asked.as_of, override)
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
        setup = closing_setup(connection, client_id)
        calendar = calendar_by(connection, client_id, setup.client, setup.agreements)
        wanted = MonthToBuild(
            client_id=client_id,
            setup=setup,
            calendar=calendar,
            month=month,
            reason=locked.cut_reason,
        )
        built = build_month(connection, wanted)
        issued = issue_document(connection, client_id, setup.parties, built, key, asked.as_of)
        _finish(connection, asked, issued.document.number, locked.cut_reason)
    return Closed(number=issued.document.number, note=issued.note, is_new=True)


def _finish(connection: Connection, asked: Closing, number: str, reason: str) -> None:
    """Say that the month is issued, in the journal and to open pages too."""
    detail = {"month": f"{asked.month:%Y-%m}", **({"in_spite": reason} if reason else {})}
    values = {
        "client": asked.client_id,
        "month": asked.month,
        "actor": asked.actor,
        "number": number,
        "detail": json.dumps(detail),
        "every": EVERY_MONTH,
    }
    connection.execute(_ISSUED, values)


def _found(connection: Connection, client_id: int, month: date) -> Closed:
    row = connection.execute(_DOCUMENT, {"client": client_id, "month": month}).one()
    return Closed(number=row.number, note=note_from(row.manifest), is_new=False)
