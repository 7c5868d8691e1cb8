"""Which events stand behind which lines of a document, and what became of them. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from billing_core.invoicing import Invoice, InvoiceLine
from billing_core.proof import Disposition, Evidence, Exclusion
from db.queries.event_sets import EventSet

#: By meter and usage period of a set: the issued months that its events touch.
Touches = Mapping[tuple[str, str], frozenset[str]]


def evidence_of(
    invoice: Invoice,
    sets: Iterable[EventSet],
    exclusions: Iterable[Exclusion],
    included: Mapping[str, int],
    touches: Touches,
) -> Iterator[Evidence]:
    """Put each set behind its lines.

    A month's own events stand behind the lines of their meter; those that touch an issued month
    stand behind the lines that adjust it.

    Args:
        invoice: the document's.
        sets: of the events that its month bills.
        exclusions: those of them that count nothing.
        included: by meter, how many of the month's own events the included quantity covers.
        touches: which issued months each set touches.
    """
    excluded = Counter((each.meter, each.usage_period) for each in exclusions)
    for each in sets:
        key = each.meter, each.usage_period
        is_own = each.usage_period == invoice.period.name
        months = touches.get(key, frozenset())
        lines = tuple(_behind(invoice, each.meter, months, with_own=is_own))
        yield Evidence(
            meter=each.meter,
            usage_period=each.usage_period,
            disposition=_disposition(lines),
            lines=tuple(line.number for line in lines),
            event_count=each.event_count,
            excluded_count=excluded[key],
            included_count=included.get(each.meter, 0) if is_own else 0,
            root=each.root,
        )


def _behind(
    invoice: Invoice, meter: str, months: frozenset[str], *, with_own: bool
) -> Iterator[InvoiceLine]:
    for line in invoice.lines:
        if line.meter == meter and (line.adjusts in months if line.adjusts else with_own):
            yield line


def _disposition(lines: tuple[InvoiceLine, ...]) -> Disposition:
    if not lines:
        return Disposition.UNPRICED
    if all(line.is_too_late for line in lines):
        return Disposition.TOO_LATE
    return Disposition.BILLED
