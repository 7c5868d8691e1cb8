"""Refused records in words, for the command line."""

import json
from collections.abc import Iterator

from db.queries.refused_records import ListedCount, RefusedRecord
from jobs.listing import shown


def listed(each: ListedCount) -> tuple[str, ...]:
    """A row of the list of counts."""
    client = each.client if each.is_assigned else _nobody(each.client)
    times = (shown(each.oldest_at), shown(each.newest_at))
    return (
        client,
        each.source or "–",
        each.code,
        each.state,
        f"{each.count:,}",
        *times,
        each.reason,
    )


def record_row(record: RefusedRecord) -> tuple[str, ...]:
    """A row of the list of single records."""
    return (
        record.reference,
        client_of(record),
        record.source or "–",
        record.code,
        record.state,
        place_of(record),
        shown(record.recorded_at),
        record.reason,
    )


def described(record: RefusedRecord) -> Iterator[str]:
    """All that is known of one record, line by line."""
    yield f"id        {record.reference}"
    yield f"client    {client_of(record)}"
    yield f"source    {record.source or '–'}"
    yield f"from      {place_of(record)}"
    if record.profile is not None:
        yield f"profile   {record.profile}"
    yield f"arrived   {record.recorded_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"kind      {record.code}"
    yield f"reason    {record.reason}"
    yield f"state     {record.state}"
    if record.resolved_at is not None:
        yield f"resolved  {record.resolved_at:%Y-%m-%d %H:%M:%S} UTC: {record.resolution}"
    yield from _hashes(record)
    yield "record"
    yield from (f"  {line}" for line in _pretty(record.record).splitlines())
    if record.code == "conflict" and record.state == "open":
        yield conflict_advice(record)


def conflict_advice(record: RefusedRecord) -> str:
    """What to do about other content under the id of a stored event."""
    return (
        f"{record.reference} can't be replayed: the event {record.event_id} is stored with other "
        "content. If this record is right, supersede that event "
        f"(python -m jobs supersede {record.event_id} --client {record.client} …), then dismiss it."
    )


def client_of(record: RefusedRecord) -> str:
    """The client of a record, or what it was named."""
    return record.client if record.client_id is not None else _nobody(record.client)


def place_of(record: RefusedRecord) -> str:
    """Where a record came from."""
    origin = record.origin or "a program"
    return origin if record.line is None else f"{origin}:{record.line}"


def _nobody(named: str) -> str:
    return f"{named!a} (not set up)" if named else "(none named)"


def _hashes(record: RefusedRecord) -> Iterator[str]:
    if record.event_id is not None:
        yield f"event     {record.event_id}"
    if record.stored_leaf_hash is not None:
        yield f"stored    {record.stored_leaf_hash.hex()}"
    if record.offered_leaf_hash is not None:
        yield f"offered   {record.offered_leaf_hash.hex()}"


def _pretty(record: str) -> str:
    """JSON with a line for each value; anything else with its control signs made visible."""
    try:
        fields = json.loads(record, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return record.encode("unicode_escape").decode("ascii")
    return json.dumps(fields, indent=2)
