"""What a month would be invoiced at, as text: any difference in an amount or a count shows."""

from billing_core.invoicing import Invoice, build_invoice, rating_instants
from billing_core.period import BillingPeriod, month_period
from db.queries.setup import agreements_of, meters
from db.queries.usage import usage_at
from tests.support.usage import Ground


def draft(ground: Ground, month: str) -> Invoice:
    """Build a month's invoice as of its end from what the database holds."""
    period: BillingPeriod = month_period(month, ground.zone)
    with ground.database.as_writer(ground.client_id) as connection:
        [agreement] = agreements_of(connection, ground.client_id)
        instants = rating_instants(agreement, period, period.ends_at)
        known = meters(connection)
        asked = [known[price.meter] for price in agreement.prices if price.meter]
        usage = usage_at(connection, ground.client_id, period, asked, instants)
    return build_invoice(agreement=agreement, period=period, usage=usage, as_of=period.ends_at)


def amounts(invoice: Invoice) -> list[tuple[str, str]]:
    """The price and amount of each line."""
    return [(line.price_code, str(line.amount)) for line in invoice.lines]
