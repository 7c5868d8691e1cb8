"""The one builder of invoices, and what it builds."""

from billing_core.invoicing.invoice import (
    DetailedLine,
    DetailKind,
    Invoice,
    InvoiceLine,
    LineKind,
    Timing,
)

__all__ = ["DetailKind", "DetailedLine", "Invoice", "InvoiceLine", "LineKind", "Timing"]
