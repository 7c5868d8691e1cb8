"""The tables of the schemas `billing` and `auth`, one class each."""

from db.models.agreements import Agreement, AgreementQuantity, BillingPeriod
from db.models.base import Base
from db.models.costs import VendorCost
from db.models.intake import (
    ApiKey,
    ApiKeyClient,
    IngestRun,
    RejectedRecord,
    UnassignedRecord,
)
from db.models.metering import Meter, Resource, Source, UsageEvent
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
    "IngestRun",
    "Issuer",
    "Meter",
    "MonthVersion",
    "Person",
    "PersonClient",
    "Price",
    "PriceTier",
    "RejectedRecord",
    "Resource",
    "Session",
    "SignInAttempt",
    "Source",
    "Ticket",
    "UnassignedRecord",
    "UsageDistinct",
    "UsageEvent",
    "UsageHour",
    "UsageTotal",
    "VendorCost",
]
