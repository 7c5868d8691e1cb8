"""Which lines counted toward the minimum commitment of an invoice's period."""

from collections.abc import Iterator

from billing_core.invoicing.fees import fee_lines
from billing_core.invoicing.invoice import Invoice, InvoiceLine
from billing_core.prices import Agreement


def counted_lines(agreement: Agreement, invoice: Invoice) -> tuple[InvoiceLine, ...]:
    """Give the lines that counted toward the commitment of an invoice's period N.

    A fee counts in the period in which its service starts: the one for N was charged in advance on
    the invoice before, so that it comes first here; the one for N+1 counts in the next period.

    Args:
        agreement: that the invoice was built from.
        invoice: of N.
    """
    return tuple(_counted(agreement, invoice))


def _counted(agreement: Agreement, invoice: Invoice) -> Iterator[InvoiceLine]:
    period = invoice.period
    own = (line for line in invoice.lines if line.adjusts is None and line.credits_line is None)
    for line in (*fee_lines(agreement, period.previous()), *own):
        in_period = period.first_day <= line.service_from <= period.last_day
        if line.counts_toward_commitment and in_period:
            yield line
