"""What becomes of refused records: replayed as they are, repaired, dismissed.

A record is recorded and marked in one transaction, under its lock: after a crash, and with two
replays at once, it is stored once and marked once. Reading a record is the caller's affair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine

from db.commands.audit import note
from db.commands.ingest import EVERY_MONTH, Rejection, raise_from, tried_again
from db.commands.rejected_reading import Place, Read, source_id_of, tried
from db.commands.rejected_rows import locked, refuse_anew, resolve, resolve_rest_of_row
from db.queries.refused_records import RefusedRecord
from db.session import writer_transaction

RECORDED: Final = "recorded as it is"


class StillRefusedError(ValueError):
    """A record can't be recorded; the message says why, as a sentence without its full stop."""


class ResolvedAlreadyError(ValueError):
    """Somebody resolved the record before."""

    def __init__(self, record: RefusedRecord) -> None:
        super().__init__(f"{record.reference} was {record.state} already: {record.resolution}")
        self.state = record.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of records that were tried again."""

    recorded: int = 0  #: now, or by somebody else before
    refused: int = 0  #: they stay open

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(
            recorded=self.recorded + other.recorded, refused=self.refused + other.refused
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What a record should have said."""

    record: str
    changes: str  #: what differs, for the people of the MSP


def replay(
    engine: Engine,
    place: Place,
    references: Sequence[str],
    read: Read,
    *,
    actor: str,
    as_of: datetime | None = None,
) -> Replayed:
    """Try records again as they are, in one transaction; those refused again stay open.

    Args:
        engine: of the writer.
        place: client and source of all of them.
        references: which; those that are not open any more are passed over.
        read: reads a record.
        actor: who does it, for the journal.
        as_of: the present.
    """

    def once() -> Replayed:
        with writer_transaction(engine, [place.client_id]) as connection:
            open_now = [each for each in locked(connection, references) if each.state == "open"]
            records = [replace(each, client=place.slug) for each in open_now]
            why = tried(connection, place, records, read, as_of or datetime.now(UTC))
            _mark(connection, place, records, why)
            replayed = Replayed(recorded=len(records) - len(why), refused=len(why))
            _tell(connection, place, actor, "records_replayed", place.source, replayed)
            return replayed

    return tried_again(once)


def repair(
    engine: Engine,
    place: Place,
    reference: str,
    mended: Mended,
    read: Read,
    *,
    actor: str,
    as_of: datetime | None = None,
) -> None:
    """Record what a record should have said; nothing is changed if that is refused too.

    Args:
        engine: of the writer.
        place: client and source.
        reference: of the record.
        mended: the record as it should have come.
        read: reads a record.
        actor: who does it, for the journal.
        as_of: the present.

    Raises:
        StillRefusedError: if the mended record is refused.
        ResolvedAlreadyError: if the record is not open.
    """

    def once() -> None:
        with writer_transaction(engine, [place.client_id]) as connection:
            record = _open(connection, reference)
            right = replace(record, client=place.slug, record=mended.record)
            why = tried(connection, place, [right], read, as_of or datetime.now(UTC))
            for rejection in why.values():
                raise StillRefusedError(rejection.reason)
            resolution = f"mended: {mended.changes}"
            resolve(connection, [record], "replayed", resolution)
            resolve_rest_of_row(connection, record, f"{resolution} (with {reference})")
            _tell(connection, place, actor, "record_repaired", reference, Replayed(recorded=1))

    tried_again(once)


def dismiss(
    engine: Engine,
    client_ids: Sequence[int],
    reference: str,
    reason: str,
    *,
    actor: str,
) -> None:
    """Note that a record will never be recorded, and why.

    Args:
        engine: of the writer.
        client_ids: the clients it may belong to.
        reference: of the record.
        reason: why.
        actor: who does it, for the journal.

    Raises:
        ResolvedAlreadyError: if the record is not open.
    """
    with writer_transaction(engine, client_ids) as connection:
        record = _open(connection, reference)
        resolve(connection, [record], "dismissed", reason)
        note(
            connection,
            actor=actor,
            action="record_dismissed",
            subject=reference,
            client_id=record.client_id,
            detail={"reason": reason},
        )
        if record.client_id is not None:
            raise_from(connection, record.client_id, None)


def _open(connection: Connection, reference: str) -> RefusedRecord:
    (record,) = locked(connection, [reference])
    if record.state != "open":
        raise ResolvedAlreadyError(record)
    return record


def _mark(
    connection: Connection,
    place: Place,
    records: Sequence[RefusedRecord],
    why: Mapping[str, Rejection],
) -> None:
    source_id = source_id_of(connection, place)
    resolve(
        connection, [each for each in records if each.reference not in why], "replayed", RECORDED
    )
    for each in records:
        if each.reference in why:
            refuse_anew(connection, place.client_id, source_id, each, why[each.reference])


def _tell(
    connection: Connection, place: Place, actor: str, action: str, subject: str, done: Replayed
) -> None:
    if not (done.recorded or done.refused):
        return
    raise_from(connection, place.client_id, EVERY_MONTH)
    detail = {"recorded": str(done.recorded), "refused": str(done.refused)}
    note(
        connection,
        actor=actor,
        action=action,
        subject=subject,
        client_id=place.client_id,
        detail=detail,
    )
