"""One row of prices.csv → one version of a price, still without what its neighbours say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from billing_core.numbers import plain
from billing_core.prices import ChargeModel, Interval
from billing_core.prices.faults import ALLOWED, NEEDED, OF_SOME
from intake.setup.files import METERS, TAXES, TIERS
from intake.setup.keys import Key, refuse_unknown
from intake.setup.row import (
    AMOUNT,
    QUANTITY,
    QUANTITY_ABOVE_ZERO,
    RATE,
    SHARE,
    SIGNED_AMOUNT,
    THRESHOLD,
    Row,
)

#: Fields of a price that stand in a column of another name.
COLUMN_OF: Final = {"interval": "fee_interval", "code": "price", "model": "charge_model"}
#: What a threshold is where the cell is empty.
THRESHOLDS: Final = (Decimal("0.8"), Decimal(1))
#: The code under which an invoice charges what is missing to the minimum commitment.
COMMITMENT: Final = "commitment-shortfall"
#: The word for no thresholds.
NO_THRESHOLDS: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCodes:
    """The codes that all rows of other files name, right or wrong."""

    meters: frozenset[str]
    tax_codes: frozenset[Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A row of prices.csv whose charge model and first day are known."""

    row: Row
    agreement: Key  #: client and agreement
    code: str
    name: str
    model: ChargeModel
    meter: str | None
    starts_on: date  #: inclusive
    ends_on: date | None  #: exclusive; None where the cell is empty
    numbers: dict[str, Decimal]  #: field of the price to number, where a cell is not empty
    interval: Interval
    anchor_month: int
    per_agreement_quantity: bool
    flat_on_zero: bool
    counts_toward_commitment: bool | None
    thresholds: tuple[Decimal, ...]
    clause: str
    reference: str
    tax_code: str
    reason: str

    @property
    def price_key(self) -> Key:
        """What its price is called: client, agreement, price."""
        return (*self.agreement, self.code)

    @property
    def key(self) -> Key:
        """What tiers.csv calls it: client, agreement, price, first day."""
        return (*self.price_key, self.starts_on.isoformat())


_NUMBERS: Final = {
    "unit_price": AMOUNT,
    "package_size": QUANTITY_ABOVE_ZERO,
    "package_price": AMOUNT,
    "free_quantity": QUANTITY,
    "markup_rate": RATE,
    "included_quantity": QUANTITY,
    "discount_rate": SHARE,
    "maximum": AMOUNT,
    "maximum_per_resource": AMOUNT,
    "minimum": AMOUNT,
    "quantity": QUANTITY_ABOVE_ZERO,
}


def version_of(row: Row, named: NamedCodes) -> Version | None:
    """A version of a price; None where its charge model or first day isn't known."""
    code, name = row.code("price"), row.text("name")
    if code == COMMITMENT:
        row.refuse("price", f"{code} is the code of the line for the minimum: choose another.")
    model = row.choice("charge_model", ChargeModel)
    interval = row.choice("fee_interval", Interval, Interval.MONTH) or Interval.MONTH
    starts_on, ends_on = row.day("starts_on"), row.day("ends_on", needed=False)
    if model is None or starts_on is None:
        return None
    _check_model(row, model, named.meters)
    _check_dates(row, model, starts_on, ends_on)
    if row.cells["tax_code"]:
        refuse_unknown(row, ("tax_code",), named.tax_codes, TAXES)
    numbers = _numbers(row, model)
    return Version(
        row=row,
        agreement=(row.cells["client"], row.cells["agreement"]),
        code=code,
        name=name,
        model=model,
        meter=row.code("meter", needed=False) or None,
        starts_on=starts_on,
        ends_on=ends_on,
        numbers=numbers,
        interval=interval,
        anchor_month=_anchor_month(row, interval),
        per_agreement_quantity=row.yes("per_agreement_quantity") or False,
        flat_on_zero=row.yes("flat_on_zero") or False,
        counts_toward_commitment=row.yes("counts_toward_commitment"),
        thresholds=_thresholds(row, model),
        tax_code=row.cells["tax_code"],
        **_words(row, model, numbers),
    )


def _words(row: Row, model: ChargeModel, numbers: Mapping[str, Decimal]) -> dict[str, str]:
    """Clause, reference and reason: a charge needs its order, a credit that or a reason."""
    is_credit = numbers.get("fee", Decimal(0)) < 0
    needs_order = model is ChargeModel.ONE_OFF and not is_credit
    clause = row.text("clause", longest=500, needed=False)
    reference = row.text("reference", longest=500, needed=needs_order)
    reason = row.text("reason", longest=500, needed=False)
    if is_credit and not (reason or reference):
        row.refuse("reason", "A credit is given for a reason: fill the cell, or the reference.")
    if reason and row.sound and not (is_credit or numbers.get("discount_rate")):
        message = "There is neither a discount nor a credit to give a reason for: empty the cell."
        row.refuse("reason", message)
    return {"clause": clause, "reference": reference, "reason": reason}


def _check_model(row: Row, model: ChargeModel, meters: Collection[str]) -> None:
    """Note the columns that the charge model needs and lacks, or has and doesn't know."""
    for field in sorted(OF_SOME - {"tiers"}):
        column = COLUMN_OF.get(field, field)
        cell = row.cells[column]
        if field in NEEDED[model] and not cell:
            row.refuse(column, f"The cell is empty, and a {model} price needs it: fill it.")
        elif cell and field not in NEEDED[model] | ALLOWED[model]:
            row.refuse(column, f"A {model} price has no {column}: leave the cell empty.")
    for column in ("minimum", "maximum"):
        if row.cells[column] and not model.is_metered:
            row.refuse(column, f"A {model} price has no {column}: leave the cell empty.")
    meter = row.cells["meter"]
    if meter and model.is_metered and meter not in meters:
        row.refuse("meter", f"{meter!r} is not in {METERS}: add it there or correct it here.")


def _check_dates(row: Row, model: ChargeModel, starts_on: date, ends_on: date | None) -> None:
    if ends_on and model is ChargeModel.ONE_OFF:
        row.refuse("ends_on", "A one_off price is charged for one day: leave the cell empty.")
    elif ends_on and ends_on <= starts_on:
        message = f"The end, {ends_on}, is not after the start, {starts_on}: correct one of them."
        row.refuse("ends_on", message)


def _numbers(row: Row, model: ChargeModel) -> dict[str, Decimal]:
    bounds = {"fee": SIGNED_AMOUNT if model is ChargeModel.ONE_OFF else AMOUNT, **_NUMBERS}
    read = {column: row.number(column, bound) for column, bound in bounds.items()}
    numbers = {column: number for column, number in read.items() if number is not None}
    minimum, maximum = numbers.get("minimum"), numbers.get("maximum")
    if minimum is not None and maximum is not None and minimum > maximum:
        message = (
            f"The minimum, {plain(minimum)}, is above the maximum, {plain(maximum)}: correct one."
        )
        row.refuse("minimum", message)
    return numbers


def _anchor_month(row: Row, interval: Interval) -> int:
    month = row.whole("anchor_month", least=1, most=12)
    if month is not None and interval is Interval.MONTH:
        row.refuse("anchor_month", "A fee by month has no anchor: leave the cell empty.")
    return month or 1


def _thresholds(row: Row, model: ChargeModel) -> tuple[Decimal, ...]:
    cell = row.cells["thresholds"]
    if not cell:
        return THRESHOLDS
    if not model.is_tiered:
        row.refuse("thresholds", f"A {model} price has no tiers to warn of: leave the cell empty.")
    if cell == NO_THRESHOLDS:
        return ()
    read = [row.parsed("thresholds", part, THRESHOLD) for part in cell.split(" ")]
    thresholds = tuple(number for number in read if number is not None)
    if any(later <= earlier for earlier, later in pairwise(thresholds)):
        row.refuse("thresholds", "The thresholds are not ascending: write the lowest first.")
    return thresholds


def refuse_tiers_missing(version: Version, count: int) -> None:
    """Note a tiered version without tiers."""
    if version.model.is_tiered and not count:
        message = f"A {version.model} price has tiers, and {TIERS} has none for it: add them there."
        version.row.refuse("charge_model", message)
