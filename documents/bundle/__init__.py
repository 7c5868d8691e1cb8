"""The bundle: a zip file with which a client checks a document, and computes it again."""

from documents.bundle.event_rows import EventRow
from documents.bundle.value import Bundle, CarriedKey, IssuedDocument, KeyRecord, SetKey
from documents.bundle.writing import bundle_bytes

__all__ = [
    "Bundle",
    "CarriedKey",
    "EventRow",
    "IssuedDocument",
    "KeyRecord",
    "SetKey",
    "bundle_bytes",
]
