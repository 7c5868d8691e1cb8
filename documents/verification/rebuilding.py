"""The document computed again from what the bundle holds, by the one builder."""

from collections.abc import Mapping
from decimal import Decimal

from billing_core.faults import Faults
from billing_core.invoicing import build_invoice
from billing_core.invoicing.billed_before import credited_of, fees_billed_beyond
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import Document
from billing_core.invoicing.invoice import Invoice
from billing_core.numbers import EXACT
from documents.verification.archive import Archive
from documents.verification.contents import Contents
from documents.verification.quantities import adjusted_periods, documents_before, own_usage
from documents.verification.report import Report
from documents.verification.sets import Events


def rebuilt(archive: Archive, contents: Contents, events: Events, report: Report) -> Invoice | None:
    """Build a document again; None where that cannot be, which the report then says.

    Raises:
        Unreadable: a file is damaged.
    """
    try:
        if contents.own.document.corrects:
            return _credited_again(contents, contents.own.document.corrects, report)
        return _built_again(archive, contents, events, report)
    except (Faults, LookupError, ArithmeticError, TypeError, ValueError) as fault:
        report.found("document.json", f"cannot be computed again: {fault}")
        return None


def _built_again(archive: Archive, contents: Contents, events: Events, report: Report) -> Invoice:
    own = contents.own
    invoice = own.document.invoice
    return build_invoice(
        agreement=own.agreement,
        period=invoice.period,
        usage=own_usage(contents, events),
        as_of=invoice.as_of,
        adjusted=tuple(adjusted_periods(archive, contents, events, report)),
        billed_fees=fees_billed_beyond(
            invoice.period, own.agreement.code, documents_before(contents)
        ),
        tax_rates=contents.basis.tax_rates,
    )


def _credited_again(contents: Contents, number: str, report: Report) -> Invoice | None:
    """Build a credit note again: all that remained, or else the amounts that it names."""
    note = contents.own.document
    found = [each.document for each in contents.earlier if each.document.number == number]
    if not found:
        report.found("document.json", f"credits {number}, which the bundle does not hold")
        return None
    before = credited_of(found[0], [each.document for each in contents.earlier])
    whole = _credit(contents, found[0], None, before)
    if whole.lines == note.invoice.lines:
        return whole
    named = {line.credits_line or 0: EXACT.minus(line.amount) for line in note.invoice.lines}
    return _credit(contents, found[0], named, before)


def _credit(
    contents: Contents,
    document: Document,
    named: Mapping[int, Decimal] | None,
    before: Mapping[int, Decimal],
) -> Invoice:
    note = contents.own.document
    return credit_note(
        document,
        credits=named,
        credited=before,
        reason=note.reason,
        as_of=note.invoice.as_of,
        tax_rates=contents.basis.tax_rates,
    )
