"""What proves a document: which events stand behind it, and how that is fixed and signed."""

from billing_core.proof.basis import Basis
from billing_core.proof.evidence import (
    CarriedLevels,
    Disposition,
    Evidence,
    Exclusion,
    ExclusionReason,
)
from billing_core.proof.manifest import Manifest
from billing_core.proof.manifest_lines import manifest_from, manifest_hash, manifest_text

__all__ = [
    "Basis",
    "CarriedLevels",
    "Disposition",
    "Evidence",
    "Exclusion",
    "ExclusionReason",
    "Manifest",
    "manifest_from",
    "manifest_hash",
    "manifest_text",
]
