"""Closing one client's month from a desk: the chain looked at first, the head kept afterwards."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing_core.proof import manifest_from
from billing_core.proof.note import Note
from db.commands.closing import AtWorkError, Closing, ClosingRefusedError, close_month
from jobs.desk import Desk


class Result(StrEnum):
    """What became of a month, in a word."""

    ISSUED = "issued"
    BEFORE = "issued before"
    NONE = "no document"  #: no agreement runs in it, or it is not billed here
    REFUSED = "refused"
    BUSY = "another one is at work"  #: it is done by that one, or by the next look


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one client's month."""

    client: str  #: slug
    result: Result
    number: str = ""
    gross: Decimal | None = None
    currency: str = ""
    sentences: tuple[str, ...] = ()  #: why it was refused


def closed_for(desk: Desk, slug: str, asked: Closing) -> Outcome:
    """Close a client's month, and say what became of it; what was refused changed nothing."""
    try:
        desk.require_whole_chain(asked.client_id, slug)
        closed = close_month(desk.engine, asked, desk.key)
        desk.keep_head(asked.client_id)
    except ClosingRefusedError as refusal:
        return Outcome(client=slug, result=Result.REFUSED, sentences=refusal.sentences)
    except AtWorkError as busy:
        return Outcome(client=slug, result=Result.BUSY, sentences=(str(busy),))
    if closed is None:
        return Outcome(client=slug, result=Result.NONE)
    return _issued(slug, closed.note, Result.ISSUED if closed.is_new else Result.BEFORE)


def _issued(slug: str, note: Note, result: Result) -> Outcome:
    manifest = manifest_from(note.text)
    return Outcome(
        client=slug,
        result=result,
        number=manifest.number,
        gross=manifest.gross,
        currency=manifest.currency,
    )
