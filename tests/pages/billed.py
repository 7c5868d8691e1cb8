"""Harbour & Lane's issued documents, worked by hand from the table in `harbour`; VAT is 21 %.

HARB-2026-0001, issued 4 November: October's usage (50 hours, all included: 0.00), October's and
November's fee: 2,000.00, VAT 420.00, 2,420.00.

HARB-2026-0002, issued 4 December: November's usage 200 × 0.10 + 300 × 0.10 + 250 × 0.08 + 5.00 =
75.00, December's fee 1,000.00: 1,075.00, VAT 225.75, 1,300.75.

With a late record of 90 hours on 20 October: 140 hours then, 40 of them at 0.10 are 4.00, less 0.00
that was billed, an adjustment of 4.00. 1,079.00, VAT 226.59, 1,305.59.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from billing_core.invoicing import Invoice, InvoiceLine, build_invoice, rating_instants
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement
from billing_core.proof import Disposition, Evidence, Exclusion
from billing_core.rating import DetailedLine, DetailKind
from billing_core.taxes import TaxRate, TaxTreatment, tax_lines
from db.queries.usage import usage_at
from tests.pages import harbour
from tests.support.database import Database
from tests.support.issued import issue

ZONE = "Europe/Amsterdam"
OCTOBER, NOVEMBER = month_period("2026-10", ZONE), month_period("2026-11", ZONE)
FIRST, SECOND, CREDIT = "HARB-2026-0001", "HARB-2026-0002", "HARB-2026-0003"
VAT = TaxRate(
    code="NL-21",
    name="VAT 21 %",
    treatment=TaxTreatment.STANDARD,
    rate=Decimal("0.21"),
    starts_on=date(2012, 10, 1),
)
ISSUER = Party(
    name="Fairlead B.V.",
    address="Kade 1\n3011 AA Rotterdam",
    country="NL",
    tax_number="NL001234567B01",
    email="billing@fairlead.example",
)
CLIENT = Party(
    name="Harbour & Lane N.V.",
    address="Dok 9\n3089 JK Rotterdam",
    country="NL",
    tax_number="NL009876543B01",
)
BANK = "Rhine Bank, NL91 ABNA 0417 1643 00\nPlease name the invoice"
AGREEMENT = replace(harbour.SETUP.agreements[0], purchase_order="PO-4711", tax_code=VAT.code)


def issue_october(database: Database) -> None:
    """Issue HARB-2026-0001."""
    invoice = built(database, OCTOBER)
    evidence = [counted("compute-hours", "2026-10", invoice, events=1, included=1)]
    issue_document(database, document(invoice, FIRST, date(2026, 11, 4)), evidence)


def issue_november(database: Database) -> None:
    """Issue HARB-2026-0002."""
    invoice = built(database, NOVEMBER)
    evidence = [counted("compute-hours", "2026-11", invoice, events=3)]
    issue_document(database, document(invoice, SECOND, date(2026, 12, 4)), evidence)


LATE = harbour.event("o2", datetime(2026, 10, 20, 10, tzinfo=UTC), "vm-1", "90")


def issue_november_with_a_late_record(database: Database) -> None:
    """Issue HARB-2026-0002 after `LATE` was recorded, with the adjustment of October."""
    harbour.record_usage(database, datetime(2026, 11, 21, 12, tzinfo=UTC), (LATE,))
    invoice = built(database, NOVEMBER)
    adjusted = taxed(replace(invoice, lines=(*invoice.lines, _adjustment(invoice)), taxes=()))
    evidence = [
        counted("compute-hours", "2026-10", adjusted, events=1),
        counted("compute-hours", "2026-11", adjusted, events=3),
    ]
    issue_document(database, document(adjusted, SECOND, date(2026, 12, 4)), evidence)


def _adjustment(invoice: Invoice) -> InvoiceLine:
    own = next(each for each in invoice.lines if each.price_code == "compute")
    as_known = (
        _part(DetailKind.INCLUDED, "Included: 100", "100", "0", "0.00"),
        replace(_part(DetailKind.USAGE, "Base: up to 500", "40", "0.10", "4.00"), tier="Base"),
    )
    details = (
        _part(DetailKind.RECOMPUTED, "October 2026 as known now", "1", "4.00", "4.00"),
        _part(DetailKind.BILLED_BEFORE, f"Less billed by {FIRST}", "1", "0.00", "0.00"),
    )
    return replace(
        own,
        number=len(invoice.lines) + 1,
        service_from=date(2026, 10, 1),
        service_to=date(2026, 10, 31),
        quantity=Decimal(140),
        detailed_lines=details,
        recomputed=as_known,
        amount=Decimal("4.00"),
        adjusts="2026-10",
        reason="Late records",
    )


def _part(kind: DetailKind, text: str, quantity: str, price: str, amount: str) -> DetailedLine:
    return DetailedLine(
        kind=kind,
        text=text,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        amount=Decimal(amount),
    )


def credit_october(database: Database, amount: str) -> None:
    """Issue HARB-2026-0003, which credits some of October's line of the platform."""
    invoice = built(database, OCTOBER)
    number = next(each.number for each in invoice.lines if each.price_code == "platform")
    taken = Decimal(amount)
    detail = DetailedLine(
        kind=DetailKind.CREDIT,
        text=f"Credit of line {number}",
        quantity=Decimal(1),
        unit_price=-taken,
        amount=-taken,
    )
    line = replace(
        invoice.lines[number - 1],
        number=1,
        detailed_lines=(detail,),
        amount=-taken,
        credits_line=number,
        reason="Agreed in a dispute",
    )
    credited = taxed(replace(invoice, lines=(line,), taxes=()))
    note = replace(
        document(replace(invoice, lines=(), taxes=()), CREDIT, date(2026, 12, 9)),
        kind=DocumentKind.CREDIT_NOTE,
        invoice=credited,
        corrects=FIRST,
        reason="Agreed in a dispute",
    )
    issue_document(database, note, ())


def issue_document(
    database: Database,
    made: Document,
    evidence: Sequence[Evidence],
    exclusions: Sequence[Exclusion] = (),
) -> int:
    """Store a document with the agreement and the meters that it was built from."""
    meters = [harbour.COMPUTE, harbour.BACKUP]
    return issue(database, made, AGREEMENT, evidence, exclusions, meters=meters)


def built(database: Database, period: BillingPeriod, agreement: Agreement = AGREEMENT) -> Invoice:
    """Build a month's invoice from what was recorded, with tax on each line."""
    client = harbour.number_of(database, "billing.client", "client_id", "slug", "harbour")
    instants = rating_instants(agreement, period, period.ends_at)
    meters = [harbour.COMPUTE, harbour.BACKUP]
    with database.as_owner() as connection:
        usage = usage_at(connection, client, period, meters, instants)
    invoice = build_invoice(agreement=agreement, period=period, usage=usage, as_of=period.ends_at)
    return taxed(invoice)


def taxed(invoice: Invoice) -> Invoice:
    """Put VAT on each line."""
    lines = tuple(replace(line, tax_code=VAT.code) for line in invoice.lines)
    taxes = tax_lines(lines, [VAT], invoice.currency)
    return replace(invoice, lines=lines, taxes=taxes)


def document(invoice: Invoice, number: str, issued_on: date) -> Document:
    """Make the document of an invoice."""
    return Document(
        number=number,
        kind=DocumentKind.INVOICE,
        issuer=ISSUER,
        client=CLIENT,
        issued_at=datetime(issued_on.year, issued_on.month, issued_on.day, 9, tzinfo=UTC),
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=30),
        purchase_order=AGREEMENT.purchase_order,
        payment_details=BANK,
        invoice=invoice,
    )


def counted(
    meter: str, month: str, invoice: Invoice, *, events: int, excluded: int = 0, included: int = 0
) -> Evidence:
    """The set of a meter's events behind its lines."""
    return Evidence(
        meter=meter,
        usage_period=month,
        disposition=Disposition.BILLED,
        lines=tuple(line.number for line in invoice.lines if _is_of(line, meter, month, invoice)),
        event_count=events,
        excluded_count=excluded,
        included_count=included,
        root=bytes(range(32)),
    )


def _is_of(line: InvoiceLine, meter: str, month: str, invoice: Invoice) -> bool:
    own = month == invoice.period.name
    return line.meter == meter and (line.adjusts is None if own else line.adjusts == month)
