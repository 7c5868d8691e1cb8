"""The tables of the schemas `billing` and `auth`, one class each."""

from db.models.agreements import Agreement, AgreementQuantity, BillingPeriod
from db.models.base import Base
from db.models.closing import (
    InvoiceQuestion,
    LegalInvoice,
    PeriodApproval,
    QuestionMessage,
    SigningKey,
    TaxRate,
)
from db.models.costs import VendorCost
from db.models.evidence import Evidence, EvidenceExclusion, LineEvidence
from db.models.intake import (
    ApiKey,
    ApiKeyClient,
    IngestRun,
    RejectedRecord,
    UnassignedRecord,
)
from db.models.invoice_lines import DetailedLine, InvoiceLine, RecomputedLine
from db.models.invoices import Invoice, InvoiceCounter, InvoiceTax
from db.models.metering import Meter, Resource, Source, UsageEvent
from db.models.month_ends import MonthState
from db.models.parties import Client, Issuer
from db.models.people import AuditLog, Person, PersonClient, Session, SignInAttempt, Ticket
from db.models.prices import Price, PriceTier
from db.models.rollups import (
    ClientVersion,
    Crossing,
    MonthVersion,
    UsageDistinct,
    UsageHour,
    UsageTotal,
)

__all__ = [
    "Agreement",
    "AgreementQuantity",
    "ApiKey",
    "ApiKeyClient",
    "AuditLog",
    "Base",
    "BillingPeriod",
    "Client",
    "ClientVersion",
    "Crossing",
    "DetailedLine",
    "Evidence",
    "EvidenceExclusion",
    "IngestRun",
    "Invoice",
    "InvoiceCounter",
    "InvoiceLine",
    "InvoiceQuestion",
    "InvoiceTax",
    "Issuer",
    "LegalInvoice",
    "LineEvidence",
    "Meter",
    "MonthState",
    "MonthVersion",
    "PeriodApproval",
    "Person",
    "PersonClient",
    "Price",
    "PriceTier",
    "QuestionMessage",
    "RecomputedLine",
    "RejectedRecord",
    "Resource",
    "Session",
    "SignInAttempt",
    "SigningKey",
    "Source",
    "TaxRate",
    "Ticket",
    "UnassignedRecord",
    "UsageDistinct",
    "UsageEvent",
    "UsageHour",
    "UsageTotal",
    "VendorCost",
]
