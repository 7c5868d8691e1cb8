"""The sets of events that a month bills: how many, their root, and which of them count nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, text

from billing_core.metering import Level
from billing_core.period import BillingPeriod
from billing_core.proof import CarriedLevels, Exclusion, ExclusionReason
from billing_core.proof.blocks import BLOCK_LEAVES, root_of_blocks
from db.queries.effective import NOT_SUPERSEDED
from db.queries.usage_carried import Carried

#: Meters with more events in the month are read block by block, the others in one go.
_COUNTS: Final = text(
    """
    SELECT m.meter_id, m.code, coalesce(t.event_count, 0) > :most AS is_large,
        (SELECT EXISTS (SELECT FROM billing.usage_event s
            WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL)) AS has_corrections
    FROM billing.meter m LEFT JOIN billing.usage_total t ON t.client_id = :client
        AND t.meter_id = m.meter_id AND t.billing_period = :month
    """
)
#: Each meter by itself, and its late events apart: so the index gives them in their order.
_SMALL: Final = text(
    """
    SELECT m.meter_id, to_char(s.usage_period, 'YYYY-MM') AS usage_period, s.event_count, s.leaves
    FROM unnest(CAST(:meters AS integer[])) AS m (meter_id) CROSS JOIN LATERAL (
        SELECT CAST(:month AS date) AS usage_period, count(*) AS event_count,
            string_agg(e.leaf_hash, ''::bytea ORDER BY e.occurred_at, e.event_id) AS leaves
        FROM billing.usage_event e
        WHERE e.client_id = :client AND e.meter_id = m.meter_id AND e.billing_period = :month
          AND e.occurred_at >= :starts_at
        UNION ALL
        SELECT e.usage_period, count(*),
            string_agg(e.leaf_hash, ''::bytea ORDER BY e.occurred_at, e.event_id)
        FROM billing.usage_event e
        WHERE e.client_id = :client AND e.meter_id = m.meter_id AND e.billing_period = :month
          AND e.occurred_at < :starts_at
        GROUP BY e.usage_period) s
    WHERE s.event_count > 0
    """
)
_LARGE: Final = text(
    """
    SELECT to_char(e.usage_period, 'YYYY-MM') AS usage_period, e.leaf_hash
    FROM billing.usage_event e
    WHERE e.client_id = :client AND e.billing_period = :month AND e.meter_id = :meter
    ORDER BY e.occurred_at, e.event_id
    """
)
#: Corrections are few, and have an index of their own.
_EXCLUDED: Final = text(
    """
    WITH correction AS (
        SELECT s.event_id, s.supersedes_event_id, s.billing_period, s.withdraws
        FROM billing.usage_event s
        WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL),
    known AS (
        SELECT c.* FROM correction c JOIN billing.billing_period b
            ON b.client_id = :client AND b.billing_period = :month
        WHERE c.billing_period <= :month OR b.state = 'open'
            OR c.event_id = ANY (b.known_corrections)),
    excluded AS (
        SELECT supersedes_event_id AS event_id, event_id AS by FROM known
        UNION ALL
        SELECT c.event_id, NULL FROM correction c WHERE c.withdraws AND NOT EXISTS (
            SELECT FROM known k WHERE k.supersedes_event_id = c.event_id))
    SELECT e.event_id, m.code AS meter, to_char(e.usage_period, 'YYYY-MM') AS usage_period, x.by
    FROM excluded x
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = x.event_id
        AND e.billing_period = :month
    JOIN billing.meter m ON m.meter_id = e.meter_id
    """
)
_CARRIED: Final = text(
    f"""
    SELECT m.code AS meter, string_agg(l.leaf_hash, ''::bytea ORDER BY l.occurred_at, l.event_id)
        AS leaves, count(*) AS event_count
    FROM unnest(CAST(:meters AS text[]), CAST(:resources AS text[]), CAST(:since AS timestamptz[]))
        AS held (meter, resource, since)
    JOIN billing.meter m ON m.code = held.meter
    JOIN billing.resource r ON r.client_id = :client AND r.code = held.resource
    CROSS JOIN LATERAL (
        SELECT e.leaf_hash, e.occurred_at, e.event_id
        FROM billing.billing_period p JOIN billing.usage_event e ON e.client_id = p.client_id
            AND e.meter_id = m.meter_id AND e.billing_period = p.billing_period
            AND e.occurred_at = held.since AND e.resource_id = r.resource_id
        WHERE p.client_id = :client AND p.billing_period <= :known AND NOT e.withdraws
          AND {NOT_SUPERSEDED.format(known=":known")}
        ORDER BY e.event_id DESC LIMIT 1) l
    GROUP BY m.code
    """  # noqa: S608 - put together from our own constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSet:
    """One meter's events that a month bills and that occurred in one month."""

    meter: str  #: code
    usage_period: str  #: "2026-10"
    event_count: int
    root: bytes  #: over the leaf hashes of all of them, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsBilled:
    """All events that a month bills."""

    sets: tuple[EventSet, ...]  #: by meter and usage period
    exclusions: tuple[Exclusion, ...]  #: those that count nothing, in the order of a manifest


def events_billed_by(connection: Connection, client_id: int, period: BillingPeriod) -> EventsBilled:
    """Give the events that a month bills, as sets, and which of them count nothing.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        period: the month, as stored.
    """
    asked = {"client": client_id, "month": period.month, "starts_at": period.starts_at}
    known = connection.execute(_COUNTS, {**asked, "most": BLOCK_LEAVES}).all()
    small = {row.meter_id: row.code for row in known if not row.is_large}
    sets = [*_small_sets(connection, {**asked, "meters": list(small)}, small)]
    for row in known:
        if row.is_large:
            sets += _large_sets(connection, {**asked, "meter": row.meter_id}, row.code)
    corrected = any(row.has_corrections for row in known)
    return EventsBilled(
        sets=tuple(sorted(sets, key=lambda each: (each.meter, each.usage_period))),
        exclusions=_exclusions(connection, client_id, period.month) if corrected else (),
    )


def _small_sets(
    connection: Connection, asked: Mapping[str, object], codes: Mapping[int, str]
) -> Iterator[EventSet]:
    for row in connection.execute(_SMALL, asked):
        yield EventSet(
            meter=codes[row.meter_id],
            usage_period=row.usage_period,
            event_count=row.event_count,
            root=root_of_blocks(_blocks_of(bytes(row.leaves))),
        )


def _blocks_of(leaves: bytes) -> Iterator[bytes]:
    length = BLOCK_LEAVES * 32
    return (leaves[at : at + length] for at in range(0, len(leaves), length))


def _large_sets(
    connection: Connection, asked: Mapping[str, object], meter: str
) -> Iterator[EventSet]:
    """Read leaf by leaf, a block of them at a time in memory; late events come first in order."""
    streamed = {"stream_results": True, "yield_per": BLOCK_LEAVES}
    rows = connection.execute(_LARGE, asked, execution_options=streamed)
    for usage_period, of_month in groupby(rows, lambda row: row.usage_period):
        counted = _Counted(row.leaf_hash for row in of_month)
        root = root_of_blocks(counted.blocks())
        yield EventSet(meter=meter, usage_period=usage_period, event_count=counted.count, root=root)


class _Counted:
    """Leaves in blocks, counted as they pass by."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._leaves = iter(leaves)
        self.count = 0

    def blocks(self) -> Iterator[bytes]:
        block: list[bytes] = []
        for leaf in self._leaves:
            block.append(leaf)
            if len(block) == BLOCK_LEAVES:
                yield self._joined(block)
                block = []
        yield self._joined(block)

    def _joined(self, block: Sequence[bytes]) -> bytes:
        self.count += len(block)
        return b"".join(block)


def _exclusions(connection: Connection, client_id: int, month: date) -> tuple[Exclusion, ...]:
    found = (
        Exclusion(
            event_id=row.event_id,
            meter=row.meter,
            usage_period=row.usage_period,
            reason=ExclusionReason.SUPERSEDED if row.by else ExclusionReason.WITHDRAWS,
            by=row.by,
        )
        for row in connection.execute(_EXCLUDED, {"client": client_id, "month": month})
    )
    return tuple(sorted(found, key=lambda at: (at.meter, at.usage_period, str(at.event_id))))


def carried_sets(
    connection: Connection,
    client_id: int,
    carried: Carried,
    into: BillingPeriod,
    known_in: BillingPeriod,
) -> tuple[CarriedLevels, ...]:
    """Give the events that stated the levels carried into a month, as sets, by meter.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        carried: the levels, as `carried_in` gives them.
        into: the month that they are carried into.
        known_in: the month up to which what is billed counts.
    """
    held = [each for meter in sorted(carried) for each in _held(meter, carried[meter])]
    if not held:
        return ()
    meters, resources, since = zip(*held, strict=True)
    asked = {
        "client": client_id,
        "meters": list(meters),
        "resources": list(resources),
        "since": list(since),
        "known": known_in.month,
    }
    rows = connection.execute(_CARRIED, asked)
    return tuple(
        CarriedLevels(
            meter=row.meter,
            into=into.name,
            event_count=row.event_count,
            root=root_of_blocks(_blocks_of(bytes(row.leaves))),
        )
        for row in sorted(rows, key=lambda row: row.meter)
    )


def _held(meter: str, levels: Mapping[str, Level]) -> Iterator[tuple[str, str, object]]:
    return ((meter, resource, levels[resource].since) for resource in sorted(levels))
