"""What a document says became of its sets of events, held against its lines and its prices."""

from collections.abc import Iterator

from billing_core.proof import Disposition, Evidence
from documents.bundle import paths
from documents.bundle.needs import Issued
from documents.verification.contents import Contents
from documents.verification.quantities import standing_of
from documents.verification.report import Report
from documents.verification.sets import metered_in


def check_dispositions(contents: Contents, report: Report) -> None:
    """Look whether each set stands behind its lines, and whether none is left out as unpriced."""
    own = contents.own
    for each in own.manifest.evidence:
        path = paths.events_path(each.meter, own.month, each.usage_period)
        report.take(path, (*_unpriced(contents, each), *_lines(own, each)))


def _unpriced(contents: Contents, each: Evidence) -> Iterator[str]:
    """Say where late records are left out of an adjustment that their month is due."""
    if each.disposition is Disposition.UNPRICED and each.usage_period < contents.own.month:
        issued = standing_of(contents, each.usage_period)
        if issued is not None and each.meter in metered_in(issued, issued.period):
            number = issued.manifest.number
            yield f"is said to be unpriced, though {number} has a price for {each.meter}"


def _lines(own: Issued, each: Evidence) -> Iterator[str]:
    """Say where the lines that a set is said to stand behind are not those that bill it."""
    adjusts = None if each.usage_period == own.month else each.usage_period
    of_meter = [line for line in own.document.invoice.lines if line.meter == each.meter]
    billing = {line.number for line in of_meter if line.adjusts == adjusts}
    others = {line.number for line in of_meter if line.adjusts and line.adjusts != adjusts}
    named = set(each.lines)
    for number in sorted(named - billing - others):
        yield f"is said to stand behind line {number}, which is none of its meter"
    for number in sorted(billing - named):
        yield f"is not said to stand behind line {number}, which bills it"
    too_late = [line.is_too_late for line in of_meter if line.number in named]
    if too_late and all(too_late) is not (each.disposition is Disposition.TOO_LATE):
        yield f"is said to be {each.disposition.replace('_', ' ')}, which its lines are not"
