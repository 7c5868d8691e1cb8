"""Issued documents for tests: a document's rows as closing writes them, signed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from billing_core.canonical import canonical_text
from billing_core.invoicing import (
    DetailedLine,
    DetailKind,
    Invoice,
    InvoiceLine,
    LineKind,
    Timing,
)
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Meter
from billing_core.period import month_period
from billing_core.prices import Agreement, ChargeModel
from billing_core.proof import Basis, Evidence, Exclusion, Manifest, manifest_text
from documents.keys import SigningKey
from tests.support.database import Database

KEY: Final = SigningKey("fairlead.example/invoices", bytes(32))


@dataclass(frozen=True, kw_only=True)
class _Behind:
    """What a document was built from."""

    agreement: Agreement
    basis: Basis
    evidence: tuple[Evidence, ...]
    exclusions: tuple[Exclusion, ...]

    def manifest(self, document: Document, previous: Row[Any] | None) -> str:
        """The text that is signed."""
        made = Manifest(
            issuer=document.issuer.name,
            client=document.invoice.client,
            number=document.number,
            kind=document.kind,
            billing_period=document.invoice.period.name,
            issued_at=document.issued_at,
            currency=document.invoice.currency,
            gross=document.invoice.gross,
            position=previous.chain_position + 1 if previous else 1,
            previous=bytes(previous.manifest_hash) if previous else None,
            document_hash=_hash_of(document),
            rate_card_hash=_hash_of(self.agreement),
            basis_hash=_hash_of(self.basis),
            evidence=self.evidence,
            exclusions=self.exclusions,
            carried=(),
        )
        return manifest_text(made)


def _hash_of(value: object) -> bytes:
    return hashlib.sha256(canonical_text(value).encode()).digest()


def issue(
    database: Database,
    document: Document,
    agreement: Agreement,
    evidence: Sequence[Evidence] = (),
    exclusions: Sequence[Exclusion] = (),
    *,
    meters: Sequence[Meter] = (),
    is_legal: bool = True,
) -> int:
    """Store a document of a client whose month is there; the document's id."""
    with database.as_owner() as connection:
        client = _number(
            connection, "SELECT client_id FROM billing.client WHERE slug = :slug",
            slug=document.invoice.client,
        )  # fmt: skip
        behind = _Behind(
            agreement=agreement,
            basis=Basis(meters=tuple(sorted(meters, key=lambda each: each.code))),
            evidence=tuple(evidence),
            exclusions=tuple(exclusions),
        )
        invoice = _invoice(connection, client, document, behind, is_legal=is_legal)
        key = {"client": client, "invoice": invoice}
        for line in document.invoice.lines:
            _line(connection, key, line)
        for ordinal, tax in enumerate(document.invoice.taxes, start=1):
            _insert(
                connection, "billing.invoice_tax", ordinal=ordinal, tax_code=tax.code,
                client_id=client, invoice_id=invoice, name=tax.name, treatment=tax.treatment.value,
                rate=tax.rate, note=tax.note, net=tax.net, tax=tax.tax,
            )  # fmt: skip
        _evidence(connection, key, evidence, exclusions)
        _issue_month(connection, client, document.invoice.period.month)
        connection.execute(text("SELECT billing.raise_client_version(:client)"), {"client": client})
    return invoice


def _issue_month(connection: Connection, client: int, month: date) -> None:
    for state in ("closing", "issued"):
        connection.execute(
            text(
                "UPDATE billing.billing_period SET state = :state WHERE client_id = :client "
                "AND billing_period = :month AND state <> 'issued'"
            ),
            {"client": client, "month": month, "state": state},
        )


def _invoice(
    connection: Connection, client: int, document: Document, behind: _Behind, *, is_legal: bool
) -> int:
    invoice, month = document.invoice, document.invoice.period.month
    named = "SELECT invoice_id FROM billing.invoice WHERE client_id = :client AND number = :number"
    previous = connection.execute(
        text(
            "SELECT chain_position, manifest_hash FROM billing.invoice WHERE client_id = :client "
            "ORDER BY chain_position DESC LIMIT 1"
        ),
        {"client": client},
    ).one_or_none()
    related = {
        column: _number(connection, named, client=client, number=number) if number else None
        for column, number in (
            ("corrects_invoice_id", document.corrects),
            ("replaces_invoice_id", document.replaces),
        )
    }
    text_of_manifest = behind.manifest(document, previous)
    manifest = str(KEY.sign(text_of_manifest))
    _insert(
        connection, "billing.invoice", client_id=client, number=document.number,
        kind=document.kind.value, is_legal=is_legal, billing_period=month,
        agreement_id=_number(
            connection,
            "SELECT agreement_id FROM billing.agreement WHERE client_id = :client AND code = :code",
            client=client, code=invoice.agreement,
        ),
        currency=invoice.currency, as_of=invoice.as_of, issued_at=document.issued_at,
        issued_on=document.issued_on, due_on=document.due_on, net=invoice.net, tax=invoice.tax,
        gross=invoice.gross, reason=document.reason, document=canonical_text(document),
        rate_card=canonical_text(behind.agreement), basis=canonical_text(behind.basis),
        chain_position=previous.chain_position + 1 if previous else 1, manifest=manifest,
        manifest_hash=hashlib.sha256(text_of_manifest.encode()).digest(),
        previous_hash=previous.manifest_hash if previous else None, **related,
    )  # fmt: skip
    return _number(connection, named, client=client, number=document.number)


def _line(connection: Connection, key: dict[str, int], line: InvoiceLine) -> None:
    own = {
        "client_id": key["client"],
        "invoice_id": key["invoice"],
        "line_number": line.number,
    }
    _insert(
        connection, "billing.invoice_line", **own, price_code=line.price_code, name=line.name,
        kind=line.kind.value, timing=line.timing.value,
        charge_model=line.model.value if line.model else None, service_from=line.service_from,
        service_to=line.service_to, meter_id=_meter(connection, line.meter),
        quantity=line.quantity, amount=line.amount, tax_code=line.tax_code,
        counts_toward_commitment=line.counts_toward_commitment,
        adjusts_period=date.fromisoformat(f"{line.adjusts}-01") if line.adjusts else None,
        is_too_late=line.is_too_late, credits_line=line.credits_line, clause=line.clause,
        reference=line.reference, reason=line.reason,
    )  # fmt: skip
    for table, details in (("detailed", line.detailed_lines), ("recomputed", line.recomputed)):
        _details(connection, f"billing.{table}_line", own, details)


def _details(
    connection: Connection, table: str, own: dict[str, int], details: Iterable[DetailedLine]
) -> None:
    for ordinal, each in enumerate(details, start=1):
        _insert(
            connection, table, **own, ordinal=ordinal, kind=each.kind.value, text=each.text,
            tier=each.tier, quantity=each.quantity, unit_price=each.unit_price,
            flat_fee=each.flat_fee, days=each.days, period_days=each.period_days,
            amount=each.amount,
        )  # fmt: skip


def _evidence(
    connection: Connection,
    key: dict[str, int],
    evidence: Sequence[Evidence],
    exclusions: Sequence[Exclusion],
) -> None:
    for each in evidence:
        of_set = {
            "client_id": key["client"],
            "invoice_id": key["invoice"],
            "meter_id": _meter(connection, each.meter),
            "usage_period": date.fromisoformat(f"{each.usage_period}-01"),
        }
        _insert(
            connection, "billing.evidence", **of_set, disposition=each.disposition.value,
            event_count=each.event_count, excluded_count=each.excluded_count,
            included_count=each.included_count, root=each.root,
        )  # fmt: skip
        for line in each.lines:
            _insert(connection, "billing.line_evidence", **of_set, line_number=line)
    for excluded in exclusions:
        _insert(
            connection, "billing.evidence_exclusion", client_id=key["client"],
            invoice_id=key["invoice"], event_id=excluded.event_id,
            meter_id=_meter(connection, excluded.meter),
            usage_period=date.fromisoformat(f"{excluded.usage_period}-01"),
            reason=excluded.reason.value, by_event_id=excluded.by,
        )  # fmt: skip


def _meter(connection: Connection, code: str | None) -> int | None:
    if code is None:
        return None
    return _number(connection, "SELECT meter_id FROM billing.meter WHERE code = :code", code=code)


def _insert(connection: Connection, table: str, **values: object) -> None:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def _number(connection: Connection, statement: str, **values: object) -> int:
    return int(connection.execute(text(statement), values).scalar_one())


def plain_line(number: int, amount: str, **fields: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    """A fixed line of one part."""
    detail = DetailedLine(
        kind=DetailKind.FEE,
        text="A fee",
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        amount=Decimal(amount),
    )
    made = InvoiceLine(
        number=number,
        price_code="platform",
        name="Platform",
        kind=LineKind.FIXED,
        model=ChargeModel.FLAT,
        timing=Timing.IN_ADVANCE,
        service_from=date(2026, 11, 1),
        service_to=date(2026, 11, 30),
        detailed_lines=(detail,),
        amount=Decimal(amount),
    )
    return replace(made, **fields)


def plain_document(
    client: str,
    number: str,
    *lines: InvoiceLine,
    month: str = "2026-10",
    agreement: str = "A-1",
    **fields: Any,  # noqa: ANN401 - any field
) -> Document:
    """A document of a client, in EUR, without tax."""
    at = datetime(2026, 11, 4, 9, tzinfo=UTC)
    invoice = Invoice(
        client=client,
        agreement=agreement,
        period=month_period(month, "UTC"),
        currency="EUR",
        as_of=at,
        lines=lines,
    )
    values: dict[str, Any] = {
        "number": number,
        "kind": DocumentKind.INVOICE,
        "issuer": Party(name="Fairlead B.V.", country="NL"),
        "client": Party(name=client, country="NL"),
        "issued_at": at,
        "issued_on": date(2026, 11, 4),
        "due_on": date(2026, 12, 4),
        "invoice": invoice,
    }
    return Document(**{**values, **fields})
