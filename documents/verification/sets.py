"""The event files of a bundle: what each must hold, and whether it does."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from billing_core.invoicing import rating_instants
from billing_core.metering import Level
from billing_core.period import BillingPeriod, month_period
from billing_core.proof import CarriedLevels, Evidence
from billing_core.proof.included import included_quantity
from billing_core.rating.part_month import versions_in
from documents.bundle import paths
from documents.bundle.needs import Issued, sets_needed
from documents.bundle.value import CarriedKey, SetKey
from documents.verification.archive import Archive
from documents.verification.bounds import bounds_before, bounds_of
from documents.verification.contents import Contents
from documents.verification.exclusions import exclusion_faults, exclusions_of
from documents.verification.looking import Job, Looked, Metering, Progress, looked_through
from documents.verification.report import Report


@dataclass(slots=True, kw_only=True)
class Events:
    """What was found in all event files."""

    looked: dict[str, Looked] = field(default_factory=dict)  #: by path
    carried: dict[CarriedKey, dict[str, Level]] = field(default_factory=dict)  #: by resource
    supersedes: dict[str, str] = field(default_factory=dict)  #: by the superseded: by which
    met: set[str] = field(default_factory=set)  #: of those, found in months that are adjusted
    present: set[str] = field(default_factory=set)  #: of those that are said to supersede others


def events_of(
    archive: Archive, contents: Contents, report: Report, on_progress: Progress
) -> Events:
    """Look through all event files and compare them with the manifests.

    Raises:
        Unreadable: a file is damaged.
    """
    events = Events()
    for carried in contents.own.manifest.carried:
        _look_at_carried(archive, contents, carried, events, report)
    claims, superseding = _claims_of(contents), _superseding(contents)
    jobs = [
        replace(_job_of(contents, key, claims[key], events), wanted=superseding)
        for key in sets_needed(contents.own, contents.earlier)
        if _is_there(archive, key, report)
    ]
    events.looked |= looked_through(archive, jobs, on_progress)
    for found in events.looked.values():
        events.supersedes |= found.supersedes
        events.present |= found.present.union(row.event_id for row in found.rows)
    excluded = partial(exclusion_faults, supersedes=events.supersedes, present=events.present)
    for carried in contents.own.manifest.carried:
        path = paths.carried_path(carried.meter, carried.into)
        report.take(path, _uncounted(events.looked.get(path), events.supersedes))
    for key, claimed in claims.items():
        path = paths.events_path(key.meter, key.billing_period, key.usage_period)
        for issued, evidence in claimed if path in events.looked else ():
            looked = events.looked[path]
            report.take(path, _differences(looked, evidence.event_count, evidence.root, issued))
            report.take(path, excluded(looked, issued, evidence))
            if looked.usage is not None and looked.included != evidence.included_count:
                said = f"{issued.manifest.number} says {evidence.included_count}"
                report.found(path, f"has {looked.included} events that are included, {said}")
    return events


Claim = tuple[Issued, Evidence]


def _claims_of(contents: Contents) -> dict[SetKey, list[Claim]]:
    """Give what each document says of each set; one that was billed again says the same."""
    claims: dict[SetKey, list[Claim]] = {}
    for issued in (contents.own, *contents.earlier):
        for each in issued.manifest.evidence:
            key = SetKey(
                meter=each.meter, billing_period=issued.month, usage_period=each.usage_period
            )
            claims.setdefault(key, []).append((issued, each))
    return claims


def _superseding(contents: Contents) -> frozenset[str]:
    """Give the events of which a document says that they supersede one that it excludes."""
    return frozenset(
        str(each.by)
        for issued in (contents.own, *contents.earlier)
        for each in issued.manifest.exclusions
        if each.by
    )


def _is_there(archive: Archive, key: SetKey, report: Report) -> bool:
    path = paths.events_path(key.meter, key.billing_period, key.usage_period)
    if path not in archive.names:
        report.found(path, "is missing")
        return False
    return True


def _job_of(contents: Contents, key: SetKey, claimed: list[Claim], events: Events) -> Job:
    issued, evidence = claimed[0]
    documents = (contents.own, *contents.earlier)
    starts, ends = bounds_of(key.usage_period, documents, issued.agreement.zone)
    return Job(
        path=paths.events_path(key.meter, key.billing_period, key.usage_period),
        client=issued.manifest.client,
        meter=key.meter,
        most=evidence.event_count,
        starts=starts,
        ends=ends,
        excluded=frozenset(str(each.event_id) for each in exclusions_of(issued, evidence)),
        metering=_metering(contents, key, events),
    )


def _metering(contents: Contents, key: SetKey, events: Events) -> Metering | None:
    """Give what the own month's quantity is computed with, where a price asks for it."""
    own, period = contents.own, contents.own.period
    if not key.billing_period == key.usage_period == own.month or own.document.corrects:
        return None
    meters = [meter for meter in contents.basis.meters if meter.code == key.meter]
    if not meters or key.meter not in metered_in(own, period):
        return None
    return Metering(
        meter=meters[0],
        period=period,
        carried=events.carried.get(CarriedKey(meter=key.meter, into=own.month), {}),
        instants=rating_instants(own.agreement, period, own.document.invoice.as_of),
        included=included_quantity(own.agreement, key.meter, period),
    )


def metered_in(issued: Issued, period: BillingPeriod) -> frozenset[str]:
    """Give the codes of the meters that a document's prices ask for in a period."""
    agreement = issued.agreement
    prices = (
        price
        for code in agreement.metered_codes()
        for price in versions_in(agreement, code, period)
    )
    return frozenset(price.meter or "" for price in prices)


def _look_at_carried(
    archive: Archive, contents: Contents, claimed: CarriedLevels, events: Events, report: Report
) -> None:
    path, own = paths.carried_path(claimed.meter, claimed.into), contents.own
    if path not in archive.names:
        report.found(path, "is missing")
        return
    documents = (own, *contents.earlier)
    periods = [each.period for each in documents if each.month == claimed.into]
    period = periods[0] if periods else month_period(claimed.into, own.agreement.zone)
    starts, ends = bounds_before(period)
    job = Job(
        path=path,
        client=own.manifest.client,
        meter=claimed.meter,
        most=claimed.event_count,
        starts=starts,
        ends=ends,
        keeps_rows=True,
    )
    looked = looked_through(archive, [job], lambda _done, _total: None)[path]
    report.take(path, _differences(looked, claimed.event_count, claimed.root, own))
    resources = Counter(row.resource for row in looked.rows)
    twice = sorted(each for each, count in resources.items() if count > 1)
    report.take(path, (f"has more than one level of {each}" for each in twice))
    events.looked[path] = looked
    events.met |= looked.supersedes.keys()
    events.carried[CarriedKey(meter=claimed.meter, into=claimed.into)] = {
        row.resource: Level(level=row.quantity, since=row.occurred_at) for row in looked.rows
    }


def _uncounted(looked: Looked | None, supersedes: Mapping[str, str]) -> Iterator[str]:
    """Say which carried events count nothing: each would state a level that is none any more."""
    if looked is not None:
        for event in sorted(looked.withdrawing):
            yield f"carries the event {event[:36]!a}, which only withdraws another"
        for row in looked.rows:
            if by := supersedes.get(row.event_id):
                yield f"carries the event {row.event_id}, though {by} supersedes it"


def _differences(looked: Looked, count: int, root: bytes, issued: Issued) -> Iterator[str]:
    """Say how a file differs from what was signed of it."""
    number = issued.manifest.number
    yield from looked.faults
    if looked.count != count:
        yield f"has {looked.count} events, and {number} was made from {count}"
    elif looked.root != root:
        yield f"does not hold the events that were signed with {number}: they have another root"
    for event in looked.edited:
        yield (
            f"has the event {event[:36]!a} with a content that does not make its leaf hash"
            + (", which is the one that was signed: it was edited" if looked.root == root else "")
        )
