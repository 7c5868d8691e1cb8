"""The nine files of a setup folder and their columns, in the order of the canonical form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ISSUER: Final = "issuer.csv"
CLIENTS: Final = "clients.csv"
PEOPLE: Final = "people.csv"
METERS: Final = "meters.csv"
SOURCES: Final = "sources.csv"
AGREEMENTS: Final = "agreements.csv"
PRICES: Final = "prices.csv"
TIERS: Final = "tiers.csv"
QUANTITIES: Final = "quantities.csv"

#: File to columns; docs/setup.md says what each means.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ISSUER: ("name", "legal_name", "country", "address", "tax_number", "email"),
        CLIENTS: ("slug", "name", "zone", "locale", "country"),
        PEOPLE: ("email", "name", "role", "clients"),
        METERS: ("meter", "name", "unit", "aggregation", "holds_for_minutes", "allows_credits"),
        SOURCES: ("client", "source", "name", "expects_every_minutes"),
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
