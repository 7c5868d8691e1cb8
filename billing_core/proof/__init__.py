"""What proves a document: which events stand behind it, and how that is fixed."""

from billing_core.proof.evidence import Disposition, Evidence, Exclusion, ExclusionReason

__all__ = ["Disposition", "Evidence", "Exclusion", "ExclusionReason"]
