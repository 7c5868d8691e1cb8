"""The columns of FOCUS 1.0, 1.1 and 1.2, and what each is to us.

From the specification's column definitions: the feature level "mandatory", and the version that
introduced a column.
"""

import re
from collections.abc import Collection
from typing import Final

MANDATORY: Final = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
)
"""Mandatory in each of the three versions."""
INTRODUCED: Final = {
    "1.2": (
        "BillingAccountType",
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
}
"""What each version added, the newest first."""
PERIODS: Final = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd")
IDENTITY: Final = (
    *PERIODS,
    "BillingAccountId",
    "SubAccountId",
    "ChargeCategory",
    "ChargeClass",
    "ProviderName",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "ResourceId",
    "RegionId",
    "AvailabilityZone",
    "PricingCategory",
    "PricingUnit",
    "ConsumedUnit",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
)
"""What a row without an id is known by: what was charged, when and for whom.

Not how much: no cost, price or quantity, which a corrected file changes, and no name, tag or
description, which a vendor rewrites. So a corrected row meets the one that is stored.
"""
NEEDED: Final = (
    "BilledCost",
    "BillingCurrency",
    *(column for column in IDENTITY if column in MANDATORY),
)
"""Without these a row can't be billed or told from another."""
COSTLY: Final = re.compile(r"cost|price|amount", re.IGNORECASE)
"""Names of columns that may hold what the vendor charges; `SkuPriceId` only names a price."""
CURRENCY: Final = re.compile("[A-Z]{3}")
NULL: Final = "NULL"
TAG: Final = "Tags:"
"""What a tag's key stands behind, where a profile names a column: `Tags:client`."""


def version_of(header: Collection[str]) -> str:
    """The FOCUS version of a header: the newest that introduced one of its columns.

    >>> version_of(["BilledCost", "SkuMeter"]), version_of(["BilledCost"])
    ('1.1', '1.0')
    """
    return next(
        (version for version, columns in INTRODUCED.items() if not set(columns).isdisjoint(header)),
        "1.0",
    )


def may_tell_a_cost(column: str) -> bool:
    """Whether a column may hold a cost or a price.

    >>> may_tell_a_cost("x_AmortizedCost"), may_tell_a_cost("SkuPriceId")
    (True, False)
    """
    return column != "SkuPriceId" and COSTLY.search(column) is not None
