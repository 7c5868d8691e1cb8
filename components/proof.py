"""The proof of a document on the page: its fingerprints, its place, its signature, how to check."""

from hashlib import sha256
from typing import Final

from billing_core.canonical import canonical_text
from billing_core.faults import Faults
from billing_core.proof.note import note_from
from components.document_shown import DocumentShown
from components.markup import command, heading, panel, paragraph
from components.tables import Cell, Column, Noted, TableRow, table

_HOW: Final = (
    "Download the bundle, and take the key that your provider gave you on another way. Run the "
    "command with Python on a computer of your own: it needs no network and no account here. It "
    "computes the bill again from its records, and names any record, price, line or document that "
    "was changed, left out or added since it was signed. The bundle says the same in README.txt."
)
_WHAT_NOT: Final = (
    "It proves that nothing changed since, not that a measurement was right: who measures wrong "
    "signs what was measured."
)


def proof_panel(shown: DocumentShown) -> str:
    """Give what fixes a document, and how its reader can check it himself."""
    columns = (Column(title="Field", wide="12rem"), Column(title="Value", breaks=True))
    rows = [TableRow(cells=each) for each in _fields(shown)]
    bundle = f"{shown.head.number}.bundle.zip"
    return panel(
        heading("Proof", "what fixes this document, so that nobody can change it unseen"),
        table("What fixes this document", columns, rows, hidden=True),
        command("Check it yourself:", f"python -m jobs verify {bundle} --key KEY"),
        *(paragraph(each, "mg-panel-unit mg-above") for each in (_HOW, _WHAT_NOT)),
    )


def _fields(shown: DocumentShown) -> list[tuple[str, Cell]]:
    full, writing = shown.full, shown.writing
    text = canonical_text(full.document)
    fingerprint = sha256(text.encode()).hexdigest()
    previous = full.previous_hash.hex() if full.previous_hash else "none: it is the first"
    return [
        ("This document (SHA-256)", fingerprint),
        ("Named in the manifest", _named(fingerprint, full.manifest)),
        ("Its manifest (SHA-256)", full.manifest_hash.hex()),
        ("Place among your documents", writing.count(full.position)),
        ("Manifest before it", previous),
        ("Signed by", _signers(full.manifest)),
    ]


def _named(fingerprint: str, manifest: str) -> Cell:
    if f"\ndocument.json: {fingerprint}\n" in manifest:
        return "yes: the signature covers exactly this document"
    return Noted(text="no: please ask your provider before you pay", classes="mg-over")


def _signers(manifest: str) -> Cell:
    """Say with which keys a manifest says that it was signed; the command checks whether it was."""
    try:
        note = note_from(manifest)
    except Faults:
        return Noted(text="nobody: the manifest is no signed note", classes="mg-over")
    return ", ".join(f"{each.name}, key {each.key_id.hex()}" for each in note.signatures)
