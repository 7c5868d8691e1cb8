"""Events that were counted though another event of the bundle supersedes them."""

from collections.abc import Iterable, Iterator

from documents.bundle import paths
from documents.bundle.needs import Issued
from documents.verification.archive import Archive
from documents.verification.contents import Contents
from documents.verification.records import Spoiled, records_of
from documents.verification.report import Report
from documents.verification.sets import Events


def check_superseded(archive: Archive, contents: Contents, events: Events, report: Report) -> None:
    """Look whether a superseded event that nobody excludes is in the document's own sets.

    Mostly it is in an earlier month, which is adjusted; then nothing has to be read again. Where it
    is in no file at all, its month is not in the bundle: that is remarked.

    Raises:
        Unreadable: a file is damaged.
    """
    documents = (contents.own, *contents.earlier)
    excluded = {str(each.event_id) for issued in documents for each in issued.manifest.exclusions}
    unknown = events.supersedes.keys() - excluded - events.met
    for path in _own_paths(contents.own) if unknown else ():
        for event in sorted(_met_in(archive, path, unknown) if path in events.looked else ()):
            by = events.supersedes[event]
            report.found(path, f"has the event {event} counted, though {by} supersedes it")
            unknown.discard(event)
    _check_claims(documents, report)
    outside = "of months that this bundle does not hold"
    claimed = {event for each in documents for event in _claimed_by(each, events)}
    count = len(claimed - events.supersedes.keys())
    report.remark(count, f"excluded events are said to be superseded by events {outside}")
    report.remark(len(unknown), f"superseded events are {outside}")


def _check_claims(documents: Iterable[Issued], report: Report) -> None:
    """See that no event is said to supersede two: it can name but one."""
    excluded: dict[str, set[str]] = {}
    for each in (each for issued in documents for each in issued.manifest.exclusions):
        if each.by:
            excluded.setdefault(str(each.by), set()).add(str(each.event_id))
    several = sorted(by for by, events in excluded.items() if len(events) > 1)
    report.take(paths.MANIFEST, (f"has {by} supersede several events" for by in several))


def _claimed_by(issued: Issued, events: Events) -> Iterator[str]:
    """Give the events of the bundle's sets that a document excludes as superseded."""
    for each in issued.manifest.exclusions:
        path = paths.events_path(each.meter, issued.month, each.usage_period)
        if each.by and path in events.looked:
            yield str(each.event_id)


def _own_paths(own: Issued) -> Iterator[str]:
    for each in own.manifest.evidence:
        yield paths.events_path(each.meter, own.month, each.usage_period)


def _met_in(archive: Archive, path: str, wanted: set[str]) -> set[str]:
    """Give those of the wanted events that a file has."""
    met: set[str] = set()
    try:
        for fields in records_of(archive.pieces(path), path):
            if fields[0] in wanted:
                met.add(fields[0])
    except Spoiled:
        return met
    return met
