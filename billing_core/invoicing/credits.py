"""Credit notes: what is taken back of an issued document, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from billing_core.event import text_faults
from billing_core.faults import Fault, refuse
from billing_core.invoicing.document import Document
from billing_core.invoicing.invoice import Invoice, InvoiceLine
from billing_core.money import minor_units
from billing_core.numbers import EXACT, size_fault
from billing_core.rating import DetailKind
from billing_core.rating.detail import Portion, detailed
from billing_core.taxes import TaxRate, tax_lines


def credit_note(
    document: Document,
    *,
    credits: Mapping[int, Decimal] | None,  # noqa: A002 - the word of the field
    credited: Mapping[int, Decimal],
    reason: str,
    as_of: datetime,
    tax_rates: Sequence[TaxRate],
) -> Invoice:
    """Give the lines and taxes of the credit note of an issued document.

    Of a line of 100.00 with 30.00 credited before, 70.00 remain: 20.00 are a line of -20.00, 70.01
    are refused. All that remains takes lines below zero back, too, and shows those of zero.

    Args:
        document: that is corrected.
        credits: by line number: the net amount to credit, above zero; None: all that remains.
        credited: by line number: what earlier credit notes credited; lines of zero, too.
        reason: what was wrong, as the credit note says it.
        as_of: what is known.
        tax_rates: all versions of the lines' tax codes; a line keeps the rate of its service days.

    Raises:
        Faults: for a line credited beyond what remains of it, an unknown line, no reason.
        LookupError: where a tax rate is missing.
    """
    original = document.invoice
    wanted = _all_that_remains(original, credited) if credits is None else credits
    refuse((*_faults_of(document, wanted, reason), *_beyond(document, credits or {}, credited)))
    lines = _credit_lines(document, wanted, reason)
    return Invoice(
        client=original.client,
        agreement=original.agreement,
        period=original.period,
        currency=original.currency,
        as_of=as_of,
        lines=lines,
        taxes=tax_lines(lines, tax_rates, original.currency),
    )


def _all_that_remains(invoice: Invoice, credited: Mapping[int, Decimal]) -> dict[int, Decimal]:
    remaining = {line.number: _remaining(line, credited) for line in invoice.lines}
    return {n: amount for n, amount in remaining.items() if amount or n not in credited}


def _remaining(line: InvoiceLine, credited: Mapping[int, Decimal]) -> Decimal:
    return EXACT.subtract(line.amount, credited.get(line.number, Decimal(0)))


def _credit_lines(
    document: Document, wanted: Mapping[int, Decimal], reason: str
) -> tuple[InvoiceLine, ...]:
    chosen = (line for line in document.invoice.lines if line.number in wanted)
    return tuple(
        _credit(document, line, number, wanted[line.number], reason)
        for number, line in enumerate(chosen, start=1)
    )


def _credit(
    document: Document, line: InvoiceLine, number: int, amount: Decimal, reason: str
) -> InvoiceLine:
    portion = Portion(
        kind=DetailKind.CREDIT,
        text=f"Credit of line {line.number} of {document.number}",
        quantity=Fraction(1),
        unit_price=EXACT.minus(amount),
    )
    detail = detailed(portion, document.invoice.currency)
    return replace(
        line,
        number=number,
        quantity=None,
        detailed_lines=(detail,),
        amount=detail.amount,
        counts_toward_commitment=False,
        reason=reason,
        adjusts=None,
        is_too_late=False,
        recomputed=(),
        credits_line=line.number,
    )


def _faults_of(document: Document, wanted: Mapping[int, Decimal], reason: str) -> Iterator[Fault]:
    if document.corrects:
        message = f"{document.number} is itself a credit note, of {document.corrects}"
        yield Fault(where="document", message=f"{message}: what is wrong in it is billed anew")
    if not reason.strip():
        yield Fault(where="reason", message="is missing: say what was wrong")
    else:
        yield from text_faults("reason", reason)
    if document.invoice.lines and not wanted:
        message = f"are none: name lines of {document.number} of which something remains"
        yield Fault(where="credits", message=message)


def _beyond(
    document: Document, named: Mapping[int, Decimal], credited: Mapping[int, Decimal]
) -> Iterator[Fault]:
    lines = {line.number: line for line in document.invoice.lines}
    for number, amount in named.items():
        line = lines.get(number)
        if line is None:
            message = f"{document.number} has no such line"
        else:
            message = _amount_fault(document, line, amount, _remaining(line, credited))
        if message:
            yield Fault(where=f"lines[{number}]", message=message)


def _amount_fault(
    document: Document, line: InvoiceLine, amount: Decimal, remaining: Decimal
) -> str:
    fault = size_fault(amount, decimals=minor_units(document.invoice.currency))
    if fault:
        return f"{amount} {fault}"
    if amount <= 0:
        return f"{amount} is not above zero; a credit is written as a positive amount"
    if amount > remaining:
        shown = f"{amount} is more than the {max(remaining, Decimal(0))} that remain"
        return f"{shown} of {line.name} on {document.number}"
    return ""
