"""What a month's document is built from, read at one state of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from billing_core.faults import Faults
from billing_core.invoicing import Invoice, InvoiceLine, build_invoice, rating_instants
from billing_core.metering import Meter, MeterUsage
from billing_core.money import CurrencyMismatch
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate
from db.queries.adjusted_periods import NOTHING, Adjustments, adjustments_of, metered_by
from db.queries.billed import billed_fees
from db.queries.billing_calendar import Calendar, MonthState
from db.queries.taxes import tax_rates
from db.queries.usage import usage_at
from db.queries.usage_carried import Carried, carried_in

#: What a column of amounts or quantities holds: 18 digits before the point.
BEYOND: Final = Decimal(10) ** 18


class UnbuildableError(Exception):
    """Nothing can be issued of a month. It says why in a sentence, and what to do."""


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
            UnbuildableError: where a tax code has no rate on a line's last day, an adjusted month
                has another currency, or an amount or quantity is too large to be stored.
        """
        try:
            invoice = self._built()
        except LookupError as fault:
            message = f"It cannot be taxed: {fault.args[0]}. Set the rate up."
            raise UnbuildableError(message) from fault
        except CurrencyMismatch as fault:
            message = f"{fault}. Let the agreement in the new currency begin a month later."
            raise UnbuildableError(message) from fault
        except Faults as fault:
            raise UnbuildableError(f"It cannot be built: {fault}.") from fault
        _require_storable(invoice)
        return invoice

    def _built(self) -> Invoice:
        return build_invoice(
            agreement=self.agreement,
            period=self.period,
            usage=self.usage,
            as_of=self.as_of,
            adjusted=self.adjustments.periods,
            billed_fees=self.billed_fees,
            tax_rates=self.tax_rates,
        )


def _require_storable(invoice: Invoice) -> None:
    for line in invoice.lines:
        numbers = [line.amount, line.quantity or Decimal(0)]
        for detail in (*line.detailed_lines, *line.recomputed):
            numbers += [detail.amount, detail.quantity]
        if any(abs(number) >= BEYOND for number in numbers):
            raise UnbuildableError(
                f"Line {line.number}, {line.name}, has a figure of more than 18 digits: look for a "
                "record with an absurd quantity, and supersede it."
            )
    if any(abs(total) >= BEYOND for total in (invoice.net, invoice.gross)):
        raise UnbuildableError("Its total has more than 18 digits: look for an absurd line.")


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


def draft_ground_of(
    connection: Connection,
    client_id: int,
    calendar: Calendar,
    month: date,
    as_of: datetime,
    common: Common,
) -> Ground:
    """Read what a month's draft is built from.

    Until the months before it are issued nobody knows what they bill, so it adjusts nothing.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        calendar: as read at the same state.
        month: by its first day; an agreement bills it.
        as_of: what is known.
        common: meters and tax rates.

    Raises:
        LookupError: no agreement bills the month.
    """
    agreement = calendar.agreement_of(month)
    if agreement is None:
        raise LookupError(f"no agreement bills {month:%Y-%m}")
    period, before = calendar.period_of(month), calendar.billed_before(month)
    ground = ground_of(connection, client_id, agreement, period, as_of, common)
    waits = before is not None and calendar.state_of(before) is not MonthState.ISSUED
    return replace(ground, adjustments=NOTHING) if waits else ground


def common_ground(connection: Connection, meters: Mapping[str, Meter]) -> Common:
    """Read what is the same for all clients, but for the meters, which are known."""
    return Common(meters=meters, tax_rates=tax_rates(connection))
