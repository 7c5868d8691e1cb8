"""Building a month's document with all that proves it, from what is known at its cut."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from billing_core.invoicing import Invoice
from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.proof import Basis, CarriedLevels
from billing_core.proof.included import included_quantity
from billing_core.taxes import TaxRate
from db.commands.closing.evidence import evidence_of
from db.commands.closing.issuing import Built
from db.commands.closing.refusals import ClosingRefusedError
from db.queries.billing_calendar import Calendar
from db.queries.billing_ground import Common, Ground, UnbuildableError, ground_of
from db.queries.closing_setup import ClosingSetup
from db.queries.event_sets import EventSet, carried_sets, events_billed_by
from db.queries.included_events import included_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthToBuild:
    """A cut month whose document is to be built."""

    client_id: int
    setup: ClosingSetup  #: as read at the state of the transaction, and so the calendar
    calendar: Calendar
    month: date  #: by its first day
    reason: str  #: why it is issued in spite of what was not ready, or again; "": all was
    agreement: Agreement | None = None  #: a corrected one; None: the one that is set up
    replaces: str | None = None  #: number of the document that it takes the place of


def build_month(connection: Connection, wanted: MonthToBuild) -> Built:
    """Build the document of a month that is cut.

    Args:
        connection: sees the client's rows, at one state of the database.
        wanted: which month.

    Raises:
        ClosingRefusedError: nothing can be issued of it.
    """
    client_id, setup, month = wanted.client_id, wanted.setup, wanted.month
    stored = wanted.calendar.stored[f"{month:%Y-%m}"]
    agreement = wanted.agreement or wanted.calendar.agreement_of(month)
    if agreement is None or stored.cut_at is None:
        raise AssertionError(f"{month:%Y-%m} is cut, and billed by an agreement")
    common = Common(meters=setup.meters, tax_rates=setup.tax_rates)
    period = stored.period
    ground = ground_of(connection, client_id, agreement, period, stored.cut_at, common)
    invoice = _invoice(ground)
    events = events_billed_by(connection, client_id, period)
    sets, exclusions = events.sets, events.exclusions
    included = _included(connection, client_id, period, ground, common.meters)
    return Built(
        invoice=invoice,
        agreement=agreement,
        basis=_basis(invoice, sets, ground, common),
        evidence=tuple(
            evidence_of(invoice, sets, exclusions, included, ground.adjustments.touched_by())
        ),
        exclusions=exclusions,
        carried=tuple(_carried(connection, client_id, ground)),
        reason=wanted.reason,
        replaces=wanted.replaces,
    )


def _invoice(ground: Ground) -> Invoice:
    try:
        return ground.invoice()
    except UnbuildableError as fault:
        raise ClosingRefusedError(str(fault)) from fault


def _included(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    ground: Ground,
    known: Mapping[str, Meter],
) -> Mapping[str, int]:
    quantities = {
        code: included_quantity(ground.agreement, code, period)
        for code in ground.usage
        if not known[code].aggregation.is_level
    }
    return included_counts(connection, client_id, period, quantities)


def _carried(connection: Connection, client_id: int, ground: Ground) -> Iterator[CarriedLevels]:
    """Give the levels carried into the month and into those that it adjusts, by meter and month."""
    into = [(each.period.period, each.carried) for each in ground.adjustments.months]
    into.append((ground.period, ground.carried))
    found = (
        each
        for month, carried in into
        for each in carried_sets(connection, client_id, carried, month, ground.period)
    )
    return iter(sorted(found, key=lambda each: (each.meter, each.into)))


def _basis(invoice: Invoice, sets: Iterable[EventSet], ground: Ground, common: Common) -> Basis:
    """Keep what the builder was given, as it was: of all meters and tax codes that it asked for."""
    asked = (ground.usage, *(each.usage for each in ground.adjustments.periods))
    codes = {each.meter for each in sets} | {code for usage in asked for code in usage}
    return Basis(
        meters=tuple(common.meters[code] for code in sorted(codes)),
        tax_rates=tuple(_rates(invoice, common.tax_rates)),
    )


def _rates(invoice: Invoice, rates: Iterable[TaxRate]) -> Iterator[TaxRate]:
    codes = {line.tax_code for line in invoice.lines if line.tax_code}
    named = (rate for rate in rates if rate.code in codes)
    return iter(sorted(named, key=lambda rate: (rate.code, rate.starts_on)))
