"""The one builder of invoices, and what it builds."""

from billing_core.invoicing.adjustments import AdjustedPeriod, BilledAmount
from billing_core.invoicing.builder import build_invoice
from billing_core.invoicing.commitment import SHORTFALL_CODE
from billing_core.invoicing.invoice import Invoice, InvoiceLine, LineKind, Timing
from billing_core.invoicing.stretches import rating_instants
from billing_core.rating import DetailedLine, DetailKind

__all__ = [
    "SHORTFALL_CODE",
    "AdjustedPeriod",
    "BilledAmount",
    "DetailKind",
    "DetailedLine",
    "Invoice",
    "InvoiceLine",
    "LineKind",
    "Timing",
    "build_invoice",
    "rating_instants",
]
