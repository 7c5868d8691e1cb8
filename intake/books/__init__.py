"""Legal invoices that another system issued, read back into values."""

from intake.books.legal_invoices import COLUMNS, read_legal_invoices

__all__ = ["COLUMNS", "read_legal_invoices"]
