"""Checking a bundle without us: what it says is signed, whole, and computed right."""

from documents.verification.report import Finding, Report, Unreadable
from documents.verification.verify import verify_bundle

__all__ = ["Finding", "Report", "Unreadable", "verify_bundle"]
