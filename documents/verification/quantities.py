"""The months that a document adjusts, computed again from all their events."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge

from billing_core.invoicing import AdjustedPeriod, rating_instants
from billing_core.invoicing.billed_before import billed_for, credited_for, standing
from billing_core.invoicing.document import Document
from billing_core.metering import Meter, MeterUsage, usage_in_order
from billing_core.period import BillingPeriod
from documents.bundle import paths
from documents.bundle.needs import Issued, adjusted_months
from documents.bundle.value import CarriedKey
from documents.verification.archive import Archive
from documents.verification.contents import Contents
from documents.verification.event_file import CheckedRow, rows_of
from documents.verification.records import Spoiled, records_of
from documents.verification.report import Report
from documents.verification.sets import Events, metered_in


def own_usage(contents: Contents, events: Events) -> dict[str, MeterUsage]:
    """Give the usage of the document's own month, by meter; of some there were no events."""
    own, period = contents.own, contents.own.period
    usage: dict[str, MeterUsage] = {}
    instants = rating_instants(own.agreement, period, own.document.invoice.as_of)
    for meter in contents.basis.meters:
        path = paths.events_path(meter.code, own.month, own.month)
        found = events.looked[path].usage if path in events.looked else None
        if found is None and meter.code in metered_in(own, period):
            carried = events.carried.get(CarriedKey(meter=meter.code, into=own.month), {})
            found = usage_in_order(meter, period, (), carried, instants)
        if found is not None:
            usage[meter.code] = found
    return usage


def documents_before(contents: Contents) -> tuple[Document, ...]:
    """Give the documents of earlier months that stand."""
    own = contents.own
    return standing([each.document for each in contents.earlier if each.month < own.month])


def standing_of(contents: Contents, month: str) -> Issued | None:
    """Give the document that stands for an earlier month; None: it has none in the bundle."""
    numbers = {each.number for each in documents_before(contents) if each.corrects is None}
    issued = [
        each for each in contents.earlier if each.month == month and each.document.number in numbers
    ]
    return issued[-1] if issued else None


def adjusted_periods(
    archive: Archive, contents: Contents, events: Events, report: Report
) -> Iterator[AdjustedPeriod]:
    """Give the months that a document adjusts, as they are known with it.

    Raises:
        Unreadable: a file is damaged.
    """
    before = documents_before(contents)
    for month in adjusted_months(contents.own):
        issued = standing_of(contents, month)
        if issued is not None:
            yield _adjusted(archive, contents, issued, before, events, report)


def _adjusted(
    archive: Archive,
    contents: Contents,
    issued: Issued,
    before: Sequence[Document],
    events: Events,
    report: Report,
) -> AdjustedPeriod:
    period, month = issued.period, issued.month
    instants = rating_instants(issued.agreement, period, period.ends_at)
    asked = metered_in(issued, period)
    usage: dict[str, MeterUsage] = {}
    for meter in contents.bases[issued.manifest.position].meters:
        if meter.code in asked:
            stated: dict[str, str] = {}
            rows = _rows_of(archive, contents, meter, month, events)
            if _carried_on(meter, period) in events.looked:
                rows = _noted(rows, stated)
            carried = events.carried.get(CarriedKey(meter=meter.code, into=month), {})
            try:
                usage[meter.code] = usage_in_order(meter, period, rows, carried, instants)
            except ValueError as fault:
                report.found(f"{meter.code} of {month}", f"cannot be metered: {fault}")
            _check_carried_on(_carried_on(meter, period), stated, events, report)
    return AdjustedPeriod(
        agreement=issued.agreement,
        period=period,
        usage=usage,
        billed=billed_for(month, before),
        touched=_touched(contents.own, month),
        credited=credited_for(month, before),
    )


def _noted(rows: Iterator[CheckedRow], stated: dict[str, str]) -> Iterator[CheckedRow]:
    """Note which event of each resource is the last one."""
    for row in rows:
        stated[row.resource] = row.event_id
        yield row


def _carried_on(meter: Meter, period: BillingPeriod) -> str:
    """Give the path of the levels that are carried from a month into the next."""
    return paths.carried_path(meter.code, period.next().name)


def _check_carried_on(path: str, stated: Mapping[str, str], events: Events, report: Report) -> None:
    """See that the levels carried on are those that the month before stated last."""
    rows = events.looked[path].rows if stated else ()
    report.take(
        path,
        (
            f"carries the event {row.event_id}, though {last} states its level later"
            for row in rows
            if (last := stated.get(row.resource, row.event_id)) != row.event_id
        ),
    )


def _rows_of(
    archive: Archive, contents: Contents, meter: Meter, month: str, events: Events
) -> Iterator[CheckedRow]:
    """Give the effective events of a month, whichever month bills them, in order."""
    files = sorted(
        {
            paths.events_path(meter.code, issued.month, month)
            for issued in (contents.own, *contents.earlier)
        }
    )
    excluded = {
        str(each.event_id)
        for issued in (contents.own, *contents.earlier)
        for each in issued.manifest.exclusions
        if each.meter == meter.code
    }
    streams = [_read(archive, path) for path in files if path in events.looked]
    for row in merge(*streams, key=lambda row: (row.occurred_at, row.event_id)):
        if row.event_id in events.supersedes:
            events.met.add(row.event_id)
        elif row.event_id not in excluded and not row.withdraws:
            yield row


def _read(archive: Archive, path: str) -> Iterator[CheckedRow]:
    """Read a file again; what is wrong with it was found before."""
    try:
        yield from rows_of(records_of(archive.pieces(path), path))
    except (Spoiled, ValueError):
        return


def _touched(own: Issued, month: str) -> frozenset[str]:
    """Give the meters of which events stand behind a line that adjusts a month."""
    lines = {line.number for line in own.document.invoice.lines if line.adjusts == month}
    return frozenset(
        each.meter
        for each in own.manifest.evidence
        if (each.usage_period == month and each.event_count) or lines.intersection(each.lines)
    )
