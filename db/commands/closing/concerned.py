"""A document that is to be corrected, with what corrects it already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from billing_core.canonical import value_from
from billing_core.invoicing.billed_before import credited_of
from billing_core.invoicing.document import Document
from billing_core.numbers import EXACT
from billing_core.prices import Agreement
from billing_core.proof import Basis
from billing_core.proof.note import Note, note_from
from db.commands.closing.refusals import ClosingRefusedError

#: A document, its credit notes, and what replaces it.
_CONCERNED: Final = text(
    """
    SELECT i.number, i.document, i.rate_card, i.basis, i.manifest, i.is_legal,
        i.invoice_id = d.invoice_id AS is_asked, i.replaces_invoice_id IS NOT NULL AS replaces
    FROM billing.invoice d JOIN billing.invoice i ON i.client_id = d.client_id
        AND (i.invoice_id = d.invoice_id OR i.corrects_invoice_id = d.invoice_id
             OR i.replaces_invoice_id = d.invoice_id)
    WHERE d.client_id = :client AND d.number = :number
    ORDER BY i.chain_position
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """That the month of a credited document is billed again."""

    #: The corrected agreement, for this document only; None: as it is set up now.
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crediting:
    """What is asked for: which document to credit, why, and how much of which lines."""

    client_id: int
    number: str
    reason: str
    as_of: datetime  #: the present, UTC
    actor: str
    amounts: Mapping[int, Decimal] | None = None  #: by line; None: all that remains
    again: Again | None = None
    question_id: int | None = None  #: the dispute that was agreed to


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What corrects a document."""

    credit_note: str  #: number
    replacement: str | None  #: number of the document that bills the month again
    notes: tuple[Note, ...]  #: signed manifests, in the order of the chain
    is_new: bool  #: whether they were issued now
    was_credited: bool = False  #: whether the credit note is older: only the month's bill is new


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A document with what corrects it."""

    document: Document
    agreement: Agreement
    basis: Basis
    is_legal: bool
    notes: tuple[Document, ...]  #: its credit notes
    replacement: Document | None
    manifests: Mapping[str, Note]  #: by number

    def done_before(self, asked: Crediting) -> Corrected | None:
        """Give what was issued for the same wish before; None: nothing was."""
        replaced = self.replacement if asked.again is not None else None
        if asked.again is not None and replaced is None:
            return None
        same = next((each for each in self.notes if self._is_same(each, asked)), None)
        if replaced is not None and replaced.reason == asked.reason:
            same = same or self.notes[-1]
        if same is None:
            return None
        numbers = [same.number, *([replaced.number] if replaced else [])]
        return Corrected(
            credit_note=same.number,
            replacement=replaced.number if replaced else None,
            notes=tuple(self.manifests[number] for number in numbers),
            is_new=False,
        )

    def _is_same(self, earlier: Document, asked: Crediting) -> bool:
        if earlier.reason != asked.reason:
            return False
        if asked.amounts is None:
            return not self.remaining()
        return _amounts_of(earlier) == dict(asked.amounts)

    def remaining(self) -> Mapping[int, Decimal]:
        """Give what remains of each line, where anything does."""
        credited = credited_of(self.document, self.notes)
        left = {
            line.number: EXACT.subtract(line.amount, credited.get(line.number, Decimal(0)))
            for line in self.document.invoice.lines
        }
        return {number: amount for number, amount in left.items() if amount}


def concerned_by(connection: Connection, asked: Crediting) -> Concerned:
    """Read a document with what corrects it.

    Raises:
        ClosingRefusedError: the client has no such document.
    """
    rows = connection.execute(_CONCERNED, {"client": asked.client_id, "number": asked.number}).all()
    own = next((row for row in rows if row.is_asked), None)
    if own is None:
        raise ClosingRefusedError(f"There is no document {asked.number}.")
    others = [value_from(Document, row.document) for row in rows if not row.is_asked]
    return Concerned(
        document=value_from(Document, own.document),
        agreement=value_from(Agreement, own.rate_card),
        basis=value_from(Basis, own.basis),
        is_legal=own.is_legal,
        notes=tuple(each for each in others if each.corrects == asked.number),
        replacement=next((each for each in others if each.replaces == asked.number), None),
        manifests={row.number: note_from(row.manifest) for row in rows},
    )


def _amounts_of(credit: Document) -> Mapping[int, Decimal]:
    return {
        line.credits_line: EXACT.minus(line.amount)
        for line in credit.invoice.lines
        if line.credits_line is not None
    }
