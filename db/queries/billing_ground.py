"""What a month's document is built from, read at one state of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from billing_core.invoicing import Invoice, InvoiceLine, build_invoice, rating_instants
from billing_core.metering import Meter, MeterUsage
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate
from db.queries.adjusted_periods import NOTHING, Adjustments, adjustments_of, metered_by
from db.queries.billed import billed_fees
from db.queries.taxes import tax_rates
from db.queries.usage import usage_at
from db.queries.usage_carried import Carried, carried_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What is the same for all clients."""

    meters: Mapping[str, Meter]  #: by code
    tax_rates: Sequence[TaxRate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that the builder is given for a month."""

    agreement: Agreement
    period: BillingPeriod
    as_of: datetime  #: UTC
    usage: Mapping[str, MeterUsage]  #: by meter code, of every meter that a price asks for
    carried: Carried  #: the levels carried into the period
    adjustments: Adjustments = NOTHING
    billed_fees: tuple[InvoiceLine, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()

    def invoice(self) -> Invoice:
        """Build the month's invoice.

        Raises:
            LookupError: where a tax code has no rate on a line's last day.
        """
        return build_invoice(
            agreement=self.agreement,
            period=self.period,
            usage=self.usage,
            as_of=self.as_of,
            adjusted=self.adjustments.periods,
            billed_fees=self.billed_fees,
            tax_rates=self.tax_rates,
        )


def ground_of(
    connection: Connection,
    client_id: int,
    agreement: Agreement,
    period: BillingPeriod,
    as_of: datetime,
    common: Common,
) -> Ground:
    """Read what a month is built from.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        agreement: that the month is billed by.
        period: as stored; the months before it are issued.
        as_of: what is known; at its end or later the month is whole.
        common: meters and tax rates.
    """
    metered = metered_by(agreement, common.meters)
    levels = [each for each in metered if each.aggregation.is_level]
    carried = carried_in(connection, client_id, period, levels) if levels else {}
    instants = rating_instants(agreement, period, as_of)
    return Ground(
        agreement=agreement,
        period=period,
        as_of=as_of,
        usage=usage_at(connection, client_id, period, metered, instants, carried),
        carried=carried,
        adjustments=adjustments_of(connection, client_id, period, common.meters),
        billed_fees=billed_fees(connection, client_id, agreement, period),
        tax_rates=tuple(common.tax_rates),
    )


def common_ground(connection: Connection, meters: Mapping[str, Meter]) -> Common:
    """Read what is the same for all clients, but for the meters, which are known."""
    return Common(meters=meters, tax_rates=tax_rates(connection))
