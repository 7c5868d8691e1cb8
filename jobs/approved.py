"""The worker's part in billing: it closes approved months, and credits agreed disputes.

People decide on a screen, whose process has no signing key; the worker has it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from db.commands.closing import (
    AtWorkError,
    Closing,
    ClosingRefusedError,
    Crediting,
    credit,
)
from db.commands.closing.approvals import (
    AgreedDispute,
    ApprovedMonth,
    agreed_disputes,
    approved_months,
    note_fault,
)
from db.faults import StartFault
from db.session import writer_transaction
from jobs.closing import Result, closed_for
from jobs.desk import Desk, desk_on
from jobs.writer import seeing


def do_approved(engine: Engine) -> Iterator[str]:
    """Do what was let go, and say so; what fails is said where it was approved, too."""
    with seeing(engine) as connection:
        months = approved_months(connection, datetime.now(UTC))
        disputes = agreed_disputes(connection)
    if not months and not disputes:
        return
    try:
        desk = desk_on(engine)
    except (StartFault, ClosingRefusedError) as fault:
        for each in months:
            _fail(engine, each, str(fault))
        yield f"meterglass: {fault}"
        return
    for month in months:
        yield from _closed(desk, month)
    for dispute in disputes:
        yield credited(desk, dispute, datetime.now(UTC))


def _closed(desk: Desk, approved: ApprovedMonth) -> Iterator[str]:
    asked = Closing(
        client_id=approved.client_id,
        month=approved.month,
        as_of=datetime.now(UTC),
        actor=approved.actor,
        of_approval=True,
    )
    outcome = closed_for(desk, approved.slug, asked)
    if outcome.result is Result.BUSY:
        return
    if outcome.result is Result.REFUSED:
        _fail(desk.engine, approved, " ".join(outcome.sentences))
    else:
        _fail(desk.engine, approved, None)
        yield f"{approved.slug}: {outcome.number or 'no document'}, {outcome.result}."


def _fail(engine: Engine, approved: ApprovedMonth, fault: str | None) -> None:
    with writer_transaction(engine, [approved.client_id]) as connection:
        note_fault(connection, approved, fault, datetime.now(UTC))


def credited(desk: Desk, dispute: AgreedDispute, as_of: datetime) -> str:
    """Credit an agreed dispute, and say what came of it.

    Args:
        desk: where it is issued from.
        dispute: what was agreed.
        as_of: the present, UTC.
    """
    asked = Crediting(
        client_id=dispute.client_id,
        number=dispute.number,
        reason=dispute.reason,
        as_of=as_of,
        actor="worker",
        amounts=dispute.amounts,
        question_id=dispute.question_id,
    )
    try:
        desk.require_whole_chain(dispute.client_id, dispute.slug)
        corrected = credit(desk.engine, asked, desk.key)
        desk.keep_head(dispute.client_id)
    except (ClosingRefusedError, AtWorkError) as refusal:
        return f"meterglass: {dispute.slug}: dispute {dispute.question_id}: {refusal}"
    return f"{dispute.slug}: {corrected.credit_note} credits {dispute.number}."
