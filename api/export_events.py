"""Events behind a document as a stream: a page at a time, each in a short transaction of its own.

Nothing of an issued document's sets ever changes, so pages of different moments fit together. The
session is looked up for each page: who is signed out while he takes a file gets no more of it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from billing_core.invoicing import InvoiceLine
from billing_core.metering import Level
from billing_core.period import BillingPeriod
from billing_core.proof import Evidence
from db.look import Looker, read
from db.portal import portal_engine
from db.queries.billing_calendar import stored_months
from db.queries.exported_events import SetAsked, StoredEvent, events_after
from db.queries.exports import ExportedDocument
from db.queries.usage import levels_before
from documents.line_records import EventSet

#: Events read at once.
ROWS: Final = 2000


def events_of(looker: Looker, asked: SetAsked) -> Iterator[StoredEvent]:
    """Give the events of a set in order, as many as there are.

    Raises:
        NoLongerSeenError: the session ended meanwhile.
    """
    last: StoredEvent | None = None
    while True:
        question = partial(events_after, asked=asked, last=last, rows=ROWS)
        page = read(portal_engine(), looker, question)
        yield from page
        if len(page) < ROWS:
            return
        last = page[-1]


def sets_behind(
    looker: Looker, exported: ExportedDocument, line: InvoiceLine
) -> Iterator[EventSet]:
    """Give the sets behind a line, their events yet to be read."""
    months = read(portal_engine(), looker, stored_months)
    for each in exported.behind.evidence:
        if line.number in each.lines:
            yield _set(looker, exported, each, months[each.usage_period].period)


def _set(
    looker: Looker, exported: ExportedDocument, evidence: Evidence, own: BillingPeriod
) -> EventSet:
    period = exported.issued.document.invoice.period
    asked = SetAsked(meter=evidence.meter, billed=period.month, own=own.month)
    return EventSet(
        meter=exported.issued.meters[evidence.meter],
        period=own,
        events=events_of(looker, asked),
        excluded={
            each.event_id: each
            for each in exported.behind.exclusions
            if (each.meter, each.usage_period) == (evidence.meter, evidence.usage_period)
        },
        carried_in=_carried_in(looker, exported, evidence.meter, own),
    )


def _carried_in(
    looker: Looker, exported: ExportedDocument, meter: str, own: BillingPeriod
) -> dict[str, Level]:
    counted = exported.issued.meters[meter]
    if not counted.aggregation.is_level:
        return {}
    question = partial(levels_before, period=own, meter=counted)
    return dict(read(portal_engine(), looker, question))
