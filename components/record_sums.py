"""What all records of a month added together, exactly."""

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from billing_core.explanation import added, added_by_day
from billing_core.metering import MeterUsage, Step
from components import data
from components.data import RecordInOrder, RecordsAsked
from components.standing import Draft, Standing
from components.viewer import Viewer

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSum:
    """How many records a month has, and what they added."""

    count: int
    added: Fraction  #: exact, before maximum and minimum


def sum_of_records(
    viewer: Viewer, draft: Draft, standing: Standing, usage: MeterUsage
) -> RecordSum:
    """Give what a month's records added: what its days added, less what no record did.

    What levels gave that were held before the first record or since the last one is no record's.
    """
    days = added_by_day(draft.agreement, standing.price.code, usage)
    total = sum((day.added for day in days), Fraction(0))
    asked = replace(whole_month(draft, standing), counted=True, most=1)
    newest = data.records(viewer, asked)
    if not newest.rows or not standing.meter.aggregation.is_level:
        return RecordSum(count=newest.count, added=total if newest.rows else Fraction(0))
    oldest = data.records(viewer, replace(asked, oldest=True))
    opening, closing = _step(oldest.rows[-1]).before, _step(newest.rows[0]).after
    code, period = standing.price.code, draft.period
    held = added(draft.agreement, code, period, Fraction(0), opening, period.starts_at)
    since = draft.as_of - MICROSECOND
    held += added(draft.agreement, code, period, closing, standing.quantity, since)
    return RecordSum(count=newest.count, added=total - held)


def _step(row: RecordInOrder) -> Step:
    if row.step is None:
        raise ValueError(f"record {row.record.event_id} counts and has no place in its month")
    return row.step


def whole_month(draft: Draft, standing: Standing) -> RecordsAsked:
    """Ask for the newest records of a month."""
    return RecordsAsked(
        meter=standing.meter,
        period=draft.period,
        starts_at=draft.period.starts_at,
        ends_at=draft.as_of,
    )
