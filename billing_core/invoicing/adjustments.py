"""Adjustments: what an issued month comes to now, less what was billed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing_core.metering import MeterUsage
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledAmount:
    """What one earlier document billed for a price in a period."""

    document: str  #: its number
    amount: Decimal  #: net


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedPeriod:
    """An issued period P, as it is known now, and what was billed for it."""

    agreement: Agreement  #: P's own stored rate card
    period: BillingPeriod  #: P
    #: Every metered meter of P, by code; checkpoints at `rating_instants(agreement, P, P.ends_at)`.
    usage: Mapping[str, MeterUsage]
    #: By price code and `SHORTFALL_CODE`: the original and all adjustments since.
    billed: Mapping[str, tuple[BilledAmount, ...]]
    #: Codes of meters whose late or superseding events are there: their lines stand even at zero.
    touched: frozenset[str]
    #: By price code and `SHORTFALL_CODE`: net, positive, what credit notes took off these lines.
    credited: Mapping[str, Decimal] = field(default_factory=dict)
