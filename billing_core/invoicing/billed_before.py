"""What earlier documents billed, told from the documents themselves.

A document of month N looks at those of months before N that stood before it. One that was billed
again does not stand: the one that replaces it does, and a credit note of it is gone with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from billing_core.invoicing.adjustments import BilledAmount
from billing_core.invoicing.commitment import SHORTFALL_CODE
from billing_core.invoicing.document import Document
from billing_core.invoicing.invoice import InvoiceLine, LineKind
from billing_core.numbers import EXACT
from billing_core.period import BillingPeriod


def standing(documents: Sequence[Document]) -> tuple[Document, ...]:
    """Give the documents that still stand, in the same order."""
    replaced = {document.replaces for document in documents if document.replaces}
    return tuple(
        document
        for document in documents
        if document.number not in replaced and document.corrects not in replaced
    )


def billed_for(month: str, documents: Iterable[Document]) -> Mapping[str, tuple[BilledAmount, ...]]:
    """Give what was billed for a month's metered lines and its shortfall, by price code.

    That is the original and each adjustment since, in the order of the documents: an
    `AdjustedPeriod` asks for it. What credit notes took off is not billed less; it is told apart.

    Args:
        month: "2026-10".
        documents: those that stand, in the order of their issue.
    """
    billed: defaultdict[str, list[BilledAmount]] = defaultdict(list)
    for document in documents:
        for line in _lines_for(month, document) if document.corrects is None else ():
            amount = BilledAmount(document=document.number, amount=line.amount)
            billed[line.price_code].append(amount)
    return {code: tuple(amounts) for code, amounts in billed.items()}


def credited_for(month: str, documents: Sequence[Document]) -> Mapping[str, Decimal]:
    """Give what credit notes took off these lines, by price code: net, positive.

    Args:
        month: "2026-10".
        documents: those that stand, credit notes and what they correct.
    """
    by_number = {document.number: document for document in documents}
    credited: defaultdict[str, Decimal] = defaultdict(Decimal)
    for note in documents:
        corrected = by_number.get(note.corrects or "")
        lines = {} if corrected is None else {x.number: x for x in _lines_for(month, corrected)}
        for line in note.invoice.lines:
            target = lines.get(line.credits_line or 0)
            if target is not None:
                code = target.price_code
                credited[code] = EXACT.subtract(credited[code], line.amount)
    return dict(credited)


def credited_of(document: Document, notes: Iterable[Document]) -> Mapping[int, Decimal]:
    """Give what credit notes took off a document, by the number of its line: net, positive."""
    credited: dict[int, Decimal] = {}
    for note in notes:
        for line in note.invoice.lines if note.corrects == document.number else ():
            if line.credits_line is not None:
                before = credited.get(line.credits_line, Decimal(0))
                credited[line.credits_line] = EXACT.subtract(before, line.amount)
    return credited


def fees_billed_beyond(
    period: BillingPeriod, agreement_code: str, documents: Iterable[Document]
) -> tuple[InvoiceLine, ...]:
    """Give the fixed lines of earlier documents with service in a period or later.

    They are what `build_invoice` asks for as `billed_fees`: credits and credit notes among them.

    Args:
        period: N.
        agreement_code: other agreements' fees are none of this one's.
        documents: those that stand, in the order of their issue.
    """
    return tuple(
        line
        for document in documents
        if document.invoice.agreement == agreement_code
        for line in document.invoice.lines
        if line.kind is LineKind.FIXED and line.service_to >= period.first_day
    )


def _lines_for(month: str, document: Document) -> Iterator[InvoiceLine]:
    is_own = document.invoice.period.name == month
    for line in document.invoice.lines:
        is_computed = line.meter is not None or line.price_code == SHORTFALL_CODE
        if line.adjusts == month or (line.adjusts is None and is_own and is_computed):
            yield line
