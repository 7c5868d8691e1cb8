"""Credit notes: what is taken back of an issued document, line by line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from billing_core.invoicing.document import Document
from billing_core.invoicing.invoice import Invoice
from billing_core.taxes import TaxRate


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

    Args:
        document: that is corrected.
        credits: by line number: the net amount to credit, positive; None: all that remains.
        credited: by line number: what earlier credit notes credited.
        reason: what was wrong, as the credit note says it.
        as_of: what is known.
        tax_rates: those of the document's lines.

    Raises:
        Faults: where a line would be credited beyond what remains of it, or isn't there.
    """
    raise NotImplementedError
