"""The agreement's rules in plain words, with the client's own numbers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing_core.metering import Aggregation, Meter
from billing_core.money import MINOR_UNITS
from billing_core.prices import ChargeModel, Interval, Price, Tier
from billing_core.rating import cost_of_crossing, price_of_next_unit
from components.format import Format, plural
from components.standing import Standing

STORED_UNITS = frozenset({"GB", "GiB", "TB", "TiB", "MB", "MiB"})
INTERVALS = {Interval.MONTH: "month", Interval.QUARTER: "quarter", Interval.YEAR: "year"}
MODELS = {
    ChargeModel.FLAT: "fixed fee",
    ChargeModel.ONE_OFF: "one-off charge",
    ChargeModel.UNIT: "price per unit",
    ChargeModel.GRADUATED: "tiers: each unit at the price of its own tier",
    ChargeModel.VOLUME: "tiers: all units at the price of the tier reached",
    ChargeModel.PACKAGE: "price per package",
    ChargeModel.MARKUP: "vendor's price plus a rate",
}


def tier_name(name: str, *, burst: bool) -> str:
    """Give a tier's name; a burst tier says that it is one."""
    return f"{name} (burst tier)" if burst and "burst" not in name.lower() else name


def what_is_counted(meter: Meter) -> str:
    """Say what a meter's quantity is: ``average GB stored``."""
    units = plural(meter.unit)
    held = "stored" if meter.unit in STORED_UNITS else "held"
    if meter.unit in MINOR_UNITS:
        return f"{units} charged by the vendor"
    match meter.aggregation:
        case Aggregation.SUM:
            return f"{units} used"
        case Aggregation.MAX:
            return f"most {units} at once"
        case Aggregation.LAST:
            return f"{units} at the month’s end"
        case Aggregation.TIME_WEIGHTED_MEAN:
            return f"average {units} {held}"
        case Aggregation.UNIQUE_COUNT:
            return f"different {units}"


def how_it_grows(meter: Meter) -> str:
    """Say how a quantity comes about in the month."""
    match meter.aggregation:
        case Aggregation.SUM:
            return "What each record says was used is added up over the month."
        case Aggregation.MAX:
            return "Of each resource the highest level of the month counts."
        case Aggregation.LAST:
            return "Of each resource the level at the month’s end counts; until then it can fall."
        case Aggregation.TIME_WEIGHTED_MEAN:
            held = f"10 {plural(meter.unit)} held for half of the month count as 5"
            return f"What was held counts for as long as it was held: {held}."
        case Aggregation.UNIQUE_COUNT:
            return "Each value counts once in the month, however often it is recorded."


def next_unit(standing: Standing, writing: Format) -> tuple[str, str]:
    """Say what the next unit costs, and whether that price is for all units."""
    coming = price_of_next_unit(standing.price, max(standing.quantity, Fraction(0)))
    unit = standing.meter.unit
    figure = f"{writing.unit_price(coming.unit_price)}"
    match standing.price.model:
        case ChargeModel.VOLUME:
            return figure, f"per {unit}, for all units of the month, not only those above"
        case ChargeModel.GRADUATED:
            return figure, f"per {unit}, only for those above; the ones before keep their price"
        case ChargeModel.PACKAGE:
            size = writing.number(standing.price.package_size or Decimal(1))
            return figure, f"for the next {unit}; a package holds {size}"
        case ChargeModel.MARKUP:
            return figure, f"per {unit} of the vendor’s price"
        case _:
            return figure, f"per {unit}"


def entering_in_words(price: Price, entered: Tier, writing: Format) -> str:
    """Say what it costs to pass into a tier, where that is more than the next unit's price."""
    cost = cost_of_crossing(price, entered)
    if cost == 0:
        return ""
    amount = writing.exact_amount(abs(cost), places=4)
    if price.model is ChargeModel.VOLUME:
        change = "less" if cost < 0 else "more"
        return f"Entering {entered.name} reprices all units: {amount} {change} at once."
    return f"Entering {entered.name} adds its fee of {amount} once."


def fee_in_words(price: Price, writing: Format) -> str:
    """Say a fixed fee: ``€ 12.50 per seat and month``."""
    fee = writing.unit_price(price.fee or Decimal(0))
    each = " for each agreed unit" if price.per_agreement_quantity else ""
    if price.model is ChargeModel.ONE_OFF:
        count = "" if price.quantity == 1 else f" for each of {writing.number(price.quantity)}"
        return f"{fee}{count or each}, charged once on {writing.day(price.starts_on)}"
    return (
        f"{fee}{each} per {INTERVALS[price.interval]}{_begins(price, writing)}, billed in advance"
    )


def _begins(price: Price, writing: Format) -> str:
    """Say in which months the quarters or years of a fee begin."""
    step = {Interval.QUARTER: 3, Interval.YEAR: 12}.get(price.interval)
    if step is None:
        return ""
    first = (price.anchor_month - 1) % step + 1
    *most, last = (writing.whole_month(date(2001, month, 1)) for month in range(first, 13, step))
    return f" from {', '.join(most)} and {last}" if most else f" from {last}"


def price_in_words(price: Price, unit: str, writing: Format) -> str:
    """Say what a price charges, in one sentence; tiers stand in a table of their own."""
    match price.model:
        case ChargeModel.FLAT | ChargeModel.ONE_OFF:
            return f"{fee_in_words(price, writing)}."
        case ChargeModel.UNIT:
            return f"{writing.unit_price(price.unit_price or Decimal(0))} for each {unit}."
        case ChargeModel.GRADUATED:
            return f"Each {unit} is charged at the price of the tier that it falls in."
        case ChargeModel.VOLUME:
            return f"All {plural(unit)} of the month are charged at the price of the tier reached."
        case ChargeModel.PACKAGE:
            size = writing.amount_of(price.package_size or Decimal(1), unit)
            cost = writing.unit_price(price.package_price or Decimal(0))
            free = writing.amount_of(price.free_quantity, unit)
            after = f" after the first {free}" if price.free_quantity else ""
            return f"{cost} for each package of {size} begun{after}."
        case ChargeModel.MARKUP:
            rate = writing.rate(price.markup_rate or Decimal(0))
            return f"What the vendor charges, plus {rate}; you see both."


def conditions_in_words(price: Price, unit: str, writing: Format) -> tuple[str, ...]:
    """Say what else holds for a price: what is included, limits, discount, clause."""
    named = (
        (price.clause, f"Agreement: {price.clause}."),
        (price.reference, f"Reference: {price.reference}."),
    )
    said = (sentence for given, sentence in named if given)
    return (*limits_in_words(price, unit, writing), *said)


def limits_in_words(price: Price, unit: str, writing: Format) -> tuple[str, ...]:
    """Say what bounds a charge: included quantity, discount, maximum and minimum."""
    included = f"{writing.amount_of(price.included_quantity, unit)} a month are included"
    counted = "; tiers count from there." if price.tiers else "."
    said = (
        (price.included_quantity, f"{included}{counted}"),
        (price.discount_rate, f"Less {writing.rate(price.discount_rate)} discount."),
        (price.maximum, f"At most {_money(price.maximum, writing)} a month."),
        (
            price.maximum_per_resource,
            f"At most {_money(price.maximum_per_resource, writing)} a month for each resource.",
        ),
        (price.minimum, f"At least {_money(price.minimum, writing)} a month, also without use."),
    )
    return tuple(sentence for given, sentence in said if given)


def _money(amount: Decimal | None, writing: Format) -> str:
    return writing.unit_price(amount or Decimal(0))


def records_in_words(count: int, amount: str, writing: Format, *, held: bool) -> str:
    """Say what records add up to: ``3,118 records add up to € 184.20``.

    Args:
        count: How many records.
        amount: What they come to.
        writing: How the client writes.
        held: Whether levels add to it that were held before the first or since the last record.
    """
    if held:
        noun = "record" if count == 1 else "records"
        return f"{writing.count(count)} {noun}, and the levels held around them, add up to {amount}"
    noun = "record adds" if count == 1 else "records add"
    return f"{writing.count(count)} {noun} up to {amount}"
