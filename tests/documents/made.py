"""A document worked by hand, and others for what a test is about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing_core.invoicing import DetailedLine, DetailKind, Invoice, InvoiceLine, LineKind, Timing
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Aggregation, Meter
from billing_core.money import sum_of
from billing_core.period import month_period
from billing_core.prices import ChargeModel
from billing_core.proof import Disposition, Evidence
from billing_core.taxes import TaxLine, TaxTreatment
from documents.edition import Edition

OCTOBER = month_period("2026-10", "Europe/Amsterdam")
ISSUED = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
FERNHILL = Party(
    name="Fernhill Managed Services B.V.",
    address="Keizersgracht 1\n1015 CN Amsterdam",
    country="NL",
    tax_number="NL001234567B01",
    email="billing@fernhill.example",
)
HARBOUR = Party(
    name="Harbour Freight Lines B.V.",
    address="Waalhaven 12\n3087 BB Rotterdam",
    country="NL",
    tax_number="NL009876543B02",
)
METERS = {
    meter.code: meter
    for meter in (
        Meter(
            code="backup-gb",
            name="Backup storage",
            unit="GB",
            aggregation=Aggregation.TIME_WEIGHTED_MEAN,
        ),
        Meter(code="requests", name="Requests", unit="request", aggregation=Aggregation.SUM),
        Meter(code="compute", name="Compute", unit="machine hour", aggregation=Aggregation.SUM),
    )
}


def detail(kind: str, quantity: str, unit_price: str, amount: str, **fields: Any) -> DetailedLine:  # noqa: ANN401 - any field
    values: dict[str, Any] = {"text": kind.replace("_", " ").title(), "flat_fee": "0"}
    given = {**values, **fields}
    return DetailedLine(
        kind=DetailKind(kind),
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price),
        amount=Decimal(amount),
        flat_fee=Decimal(given.pop("flat_fee")),
        **given,
    )


def line(number: int, code: str, *details: DetailedLine, **fields: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    model = fields.pop("model", "unit")
    values: dict[str, Any] = {
        "name": code.replace("-", " ").capitalize(),
        "kind": LineKind.VARIABLE,
        "timing": Timing.IN_ARREARS,
        "service_from": OCTOBER.first_day,
        "service_to": OCTOBER.last_day,
        "tax_code": "NL-21",
        "amount": sum_of((each.amount for each in details), "EUR"),
    }
    return InvoiceLine(
        number=number,
        price_code=code,
        model=None if model is None else ChargeModel(model),
        detailed_lines=details,
        **{**values, **fields},
    )


def tax(code: str, rate: str, net: str, amount: str, **fields: Any) -> TaxLine:  # noqa: ANN401 - any field
    values: dict[str, Any] = {"name": "VAT", "treatment": TaxTreatment.STANDARD, "note": ""}
    return TaxLine(
        code=code,
        rate=Decimal(rate),
        net=Decimal(net),
        tax=Decimal(amount),
        **{**values, **fields},
    )


def fixed(number: int, code: str, *details: DetailedLine, **fields: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    in_november = {
        "kind": LineKind.FIXED,
        "timing": Timing.IN_ADVANCE,
        "service_from": date(2026, 11, 1),
        "service_to": date(2026, 11, 30),
    }
    return line(number, code, *details, model="flat", **{**in_november, **fields})


def backup(number: int) -> InvoiceLine:
    """500 of 2,640.5 GB are included; 1,500 × 0.12 = 180.00, 640.5 × 0.085 = 54.4425, so 54.44.

    A tenth less of 234.44: -23.444, so -23.44. Together 211.00.
    """
    return line(
        number,
        "backup-storage",
        detail("included", "500", "0", "0.00", text="Included: 500"),
        detail("usage", "1500", "0.12", "180.00", tier="Standard", text="Up to 1,500"),
        detail("usage", "640.5", "0.085", "54.44", tier="Burst", text="Above 1,500"),
        detail("discount", "234.44", "-0.10", "-23.44", text="Discount of 10 %"),
        model="graduated",
        meter="backup-gb",
        quantity=Decimal("2640.5"),
        reason="Agreed for the first year",
    )


def september(number: int) -> InvoiceLine:
    """September's backup storage comes to 250.00 now, and 240.50 was billed: 9.50 more."""
    return line(
        number,
        "backup-storage",
        detail("recomputed", "1", "250.00", "250.00", text="September 2026 as it is known now"),
        detail("billed_before", "1", "-240.50", "-240.50", text="Billed by HARB-2026-0006"),
        model="graduated",
        meter="backup-gb",
        quantity=Decimal("2583.333333333333333"[:20]),
        service_from=date(2026, 9, 1),
        service_to=date(2026, 9, 30),
        adjusts="2026-09",
        recomputed=(
            detail("usage", "1500", "0.12", "180.00", tier="Standard"),
            detail("usage", "823.529411764705882"[:19], "0.085", "70.00", tier="Burst"),
        ),
    )


def october_lines() -> tuple[InvoiceLine, ...]:
    return (
        fixed(1, "base-platform", detail("fee", "1", "1200.00", "1200.00"), clause="§ 4.1"),
        fixed(
            2,
            "seats",
            # 3 × 20.00 × 17 ÷ 31 = 32.903…
            detail("change_charge", "3", "20.00", "32.90", days=17, period_days=31),
            timing=Timing.IN_ARREARS,
            service_from=date(2026, 10, 15),
            service_to=date(2026, 10, 31),
        ),
        backup(3),
        line(
            4,
            "requests",
            detail("usage", "2345678", "0.0045", "10555.55"),  # 10,555.551
            meter="requests",
            quantity=Decimal(2345678),
        ),
        line(
            5,
            "onboarding",
            detail("one_off", "2", "150.00", "300.00"),
            model="one_off",
            tax_code="NL-RC",
            reference="PO 4711, approved by M. de Wit",
            service_from=date(2026, 10, 12),
            service_to=date(2026, 10, 12),
        ),
        line(
            6,
            "compute-hours",
            detail("usage", "1400", "0.05", "70.00"),
            detail("minimum", "1", "100.00", "30.00", flat_fee="-70.00"),
            meter="compute",
            quantity=Decimal(1400),
        ),
        september(7),
        line(
            8,
            "commitment-shortfall",
            detail("commitment", "1", "11000.00", "123.95", flat_fee="-10876.05"),
            name="Commitment shortfall",
            model=None,
        ),
    )


def october(**fields: Any) -> Document:  # noqa: ANN401 - any field
    """Net 12,532.90: 1,200.00 + 32.90 + 211.00 + 10,555.55 + 300.00 + 100.00 + 9.50 + 123.95.

    All but the 300.00 bear 21 %: 12,232.90 × 0.21 = 2,568.909, so 2,568.91. Gross 15,101.81.
    """
    invoice = Invoice(
        client="harbour",
        agreement="HARB-2026",
        period=OCTOBER,
        currency="EUR",
        as_of=ISSUED,
        lines=october_lines(),
        taxes=(
            tax("NL-21", "0.21", "12232.90", "2568.91", name="VAT 21 %"),
            tax(
                "NL-RC",
                "0",
                "300.00",
                "0.00",
                name="VAT reverse charged",
                treatment=TaxTreatment.REVERSE_CHARGE,
                note="VAT reverse charged, Article 196 of Directive 2006/112/EC.",
            ),
        ),
    )
    return document_of(invoice, **fields)


def document_of(invoice: Invoice, **fields: Any) -> Document:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "number": "HARB-2026-0007",
        "kind": DocumentKind.INVOICE,
        "issuer": FERNHILL,
        "client": HARBOUR,
        "issued_at": ISSUED,
        "issued_on": date(2026, 11, 4),
        "due_on": date(2026, 12, 4),
        "purchase_order": "PO-2026-118",
        "payment_details": "IBAN NL91 ABNA 0417 1643 00\nName Fernhill Managed Services B.V.",
        "invoice": invoice,
    }
    return Document(**{**values, **fields})


def invoice_of(*lines: InvoiceLine, **fields: Any) -> Invoice:  # noqa: ANN401 - any field
    """An invoice without tax."""
    values: dict[str, Any] = {
        "client": "harbour",
        "agreement": "HARB-2026",
        "period": OCTOBER,
        "currency": "EUR",
        "as_of": ISSUED,
        "lines": tuple(replace(each, tax_code="") for each in lines),
    }
    return Invoice(**{**values, **fields})


EVIDENCE = (
    Evidence(
        meter="backup-gb",
        usage_period="2026-10",
        disposition=Disposition.BILLED,
        lines=(3,),
        event_count=3118,
        excluded_count=4,
        included_count=0,
        root=bytes(range(32)),
    ),
    Evidence(
        meter="backup-gb",
        usage_period="2026-09",
        disposition=Disposition.BILLED,
        lines=(7,),
        event_count=2,
        excluded_count=0,
        included_count=0,
        root=bytes(32),
    ),
)


def edition(document: Document | None = None, **fields: Any) -> Edition:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "document": document or october(),
        "locale": "nl_NL",
        "meters": METERS,
        "evidence": EVIDENCE,
        "manifest_hash": bytes(range(32)),
    }
    return Edition(**{**values, **fields})
