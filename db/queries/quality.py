"""What of a client's data is missing or was refused in a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from billing_core.metering import Gap, Meter
from billing_core.period import BillingPeriod
from db.prepared import Question
from db.queries.rejected import RefusedCount, refused_by_source
from db.queries.usage import SourceFreshness, freshness, gaps_by_meter
from db.queries.usage_carried import Carried

#: Corrections of records that have not arrived themselves.
WAITING = Question(
    "waiting",
    """
    SELECT s.code AS source, count(*) AS count
    FROM billing.usage_event e
    JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
    WHERE e.client_id = :client AND e.supersedes_event_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing.usage_event o
        WHERE o.client_id = e.client_id AND o.event_id = e.supersedes_event_id)
    GROUP BY s.code ORDER BY s.code
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterGaps:
    """The times of a month for which nothing is known of a meter."""

    meter: Meter
    gaps: tuple[Gap, ...]  #: at least one, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCorrections:
    """Corrections of one source whose originals have not arrived."""

    source: str  #: code
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Defects:
    """What of a client's records is missing or was refused."""

    gaps: tuple[MeterGaps, ...]  #: of meters that have any, by code
    refused: tuple[RefusedCount, ...]  #: records that still wait for somebody, by source and kind
    waiting: tuple[WaitingCorrections, ...]

    def gaps_of(self, meter: Meter) -> tuple[Gap, ...]:
        """Give the gaps of one meter."""
        return next((each.gaps for each in self.gaps if each.meter.code == meter.code), ())

    @property
    def gap_count(self) -> int:
        """How many gaps all meters have."""
        return sum(len(each.gaps) for each in self.gaps)

    @property
    def refused_count(self) -> int:
        """How many records were refused and still wait."""
        return sum(each.count for each in self.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What came in lately, of whatever month: when each source was heard, and what waits."""

    sources: tuple[SourceFreshness, ...]
    refused: tuple[RefusedCount, ...]  #: records that still wait for somebody, by source and kind
    waiting: tuple[WaitingCorrections, ...]


def arrivals_of(connection: Connection, client_id: int) -> Arrivals:
    """Give what came in lately and what waits for somebody."""
    waiting = WAITING.ask(connection, {"client": client_id}).mappings()
    return Arrivals(
        sources=freshness(connection, client_id),
        refused=refused_by_source(connection, client_id),
        waiting=tuple(WaitingCorrections(**each) for each in waiting),
    )


def gaps_of_meters(
    connection: Connection,
    client_id: int,
    meters: Iterable[Meter],
    period: BillingPeriod,
    until: datetime,
    carried: Carried | None = None,
) -> tuple[MeterGaps, ...]:
    """Give what is missing of a period's data.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        meters: those that the client is charged by.
        period: the month whose gaps are asked for.
        until: exclusive; gaps end here.
        carried: the levels carried into the month, if they are known.
    """
    ordered = sorted(meters, key=lambda meter: meter.code)
    found = gaps_by_meter(connection, client_id, ordered, period, until, carried)
    return tuple(
        MeterGaps(meter=each, gaps=found[each.code]) for each in ordered if found[each.code]
    )
