"""The ten files of a setup folder and their columns, in the order of the canonical form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ISSUER: Final = "issuer.csv"
CLIENTS: Final = "clients.csv"
PEOPLE: Final = "people.csv"
METERS: Final = "meters.csv"
SOURCES: Final = "sources.csv"
TAXES: Final = "taxes.csv"
AGREEMENTS: Final = "agreements.csv"
PRICES: Final = "prices.csv"
TIERS: Final = "tiers.csv"
QUANTITIES: Final = "quantities.csv"

#: File to columns; docs/setup.md says what each means.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ISSUER: (
            "name",
            "legal_name",
            "country",
            "address",
            "tax_number",
            "email",
            "payment_details",
            "books",
        ),
        CLIENTS: (
            "slug",
            "name",
            "zone",
            "locale",
            "country",
            "legal_name",
            "address",
            "tax_number",
            "invoice_prefix",
            "invoices_from",
        ),
        PEOPLE: ("email", "name", "role", "clients"),
        METERS: ("meter", "name", "unit", "aggregation", "holds_for_minutes", "allows_credits"),
        SOURCES: ("client", "source", "name", "expects_every_minutes"),
        TAXES: ("tax_code", "name", "treatment", "rate", "starts_on", "ends_on", "note"),
        AGREEMENTS: (
            "client",
            "agreement",
            "currency",
            "starts_on",
            "ends_on",
            "minimum_commitment",
            "grace_hours",
            "back_billing_days",
            "renews_on",
            "notice_by",
            "purchase_order",
            "payment_days",
            "tax_code",
        ),
        PRICES: (
            "client",
            "agreement",
            "price",
            "name",
            "charge_model",
            "meter",
            "starts_on",
            "ends_on",
            "fee",
            "fee_interval",
            "anchor_month",
            "per_agreement_quantity",
            "unit_price",
            "package_size",
            "package_price",
            "free_quantity",
            "markup_rate",
            "included_quantity",
            "discount_rate",
            "maximum",
            "maximum_per_resource",
            "minimum",
            "flat_on_zero",
            "counts_toward_commitment",
            "thresholds",
            "quantity",
            "clause",
            "reference",
            "tax_code",
            "reason",
        ),
        TIERS: (
            "client",
            "agreement",
            "price",
            "starts_on",
            "ordinal",
            "tier",
            "up_to",
            "unit_price",
            "flat_fee",
            "burst",
            "milestone",
        ),
        QUANTITIES: ("client", "agreement", "price", "starts_on", "quantity"),
    },
)

#: Columns that folders from before invoices lack; taxes.csv they lack whole.
SINCE_INVOICES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        ISSUER: frozenset({"payment_details", "books"}),
        CLIENTS: frozenset(
            {"legal_name", "address", "tax_number", "invoice_prefix", "invoices_from"}
        ),
        AGREEMENTS: frozenset({"purchase_order", "payment_days", "tax_code"}),
        PRICES: frozenset({"tax_code", "reason"}),
    },
)
