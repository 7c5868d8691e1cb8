"""What a document says became of its sets of events, held against its lines and its prices."""

from collections.abc import Iterator

from billing_core.proof import Disposition, Evidence
from documents.bundle import paths
from documents.verification.contents import Contents
from documents.verification.quantities import standing_of
from documents.verification.report import Report
from documents.verification.sets import metered_in


def check_dispositions(contents: Contents, report: Report) -> None:
    """Look whether late records are said to be unpriced though their month has a price for them."""
    own = contents.own
    for each in own.manifest.evidence:
        path = paths.events_path(each.meter, own.month, each.usage_period)
        report.take(path, _unpriced(contents, each))


def _unpriced(contents: Contents, each: Evidence) -> Iterator[str]:
    """Say where late records are left out of an adjustment that their month is due."""
    if each.disposition is Disposition.UNPRICED and each.usage_period < contents.own.month:
        issued = standing_of(contents, each.usage_period)
        if issued is not None and each.meter in metered_in(issued, issued.period):
            number = issued.manifest.number
            yield f"is said to be unpriced, though {number} has a price for {each.meter}"
