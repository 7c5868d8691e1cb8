"""The tiers of tiered prices and the quantities of fees per unit: tiers.csv and quantities.csv."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from billing_core.numbers import plain
from billing_core.prices import Tier
from intake.setup.agreements import Terms
from intake.setup.files import PRICES, QUANTITIES
from intake.setup.keys import Key, key_of, refuse_repeats, refuse_unknown
from intake.setup.prices import Version
from intake.setup.row import AMOUNT, QUANTITY, QUANTITY_ABOVE_ZERO, Row

_VERSION: tuple[str, ...] = ("client", "agreement", "price", "starts_on")
_MOST_TIERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTier:
    """A row of tiers.csv that has an ordinal."""

    row: Row
    version: Key
    ordinal: int
    up_to: Decimal | None
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedQuantity:
    """A row of quantities.csv that has a day and a quantity."""

    row: Row
    price: Key  #: client, agreement, price
    starts_on: date
    quantity: Decimal


def tiers_of(
    rows: Sequence[Row], versions: Mapping[Key, Version], named: Collection[Key]
) -> dict[Key, tuple[PlacedTier, ...]]:
    """The tiers of each version, in order; `named`: all versions of prices.csv, right or wrong."""
    refuse_repeats(rows, (*_VERSION, "ordinal"))
    placed = sorted(_placed(rows, versions, named), key=attrgetter("version", "ordinal"))
    grouped = groupby(placed, key=attrgetter("version"))
    tiers = {version: tuple(group) for version, group in grouped}
    for group in tiers.values():
        _check_bounds(group)
    return tiers


def _placed(
    rows: Sequence[Row], versions: Mapping[Key, Version], named: Collection[Key]
) -> Iterable[PlacedTier]:
    for row in rows:
        key = key_of(row, _VERSION)
        row.day("starts_on")
        version = versions.get(key)
        if refuse_unknown(row, _VERSION, named, PRICES) and version and not version.model.is_tiered:
            message = f"A {version.model} price has no tiers: remove the row."
            row.refuse("price", message)
        tier = _tier(row)
        ordinal = row.whole("ordinal", least=1, most=_MOST_TIERS)
        if ordinal is None and not row.cells["ordinal"]:
            row.refuse("ordinal", "The cell is empty: number the tiers from 1.")
        if ordinal is not None:
            yield PlacedTier(row=row, version=key, ordinal=ordinal, up_to=tier.up_to, tier=tier)


def _tier(row: Row) -> Tier:
    return Tier(
        name=row.text("tier", longest=64),
        up_to=row.number("up_to", QUANTITY_ABOVE_ZERO),
        unit_price=row.number("unit_price", AMOUNT, needed=True) or Decimal(0),
        flat_fee=row.number("flat_fee", AMOUNT) or Decimal(0),
        burst=row.yes("burst") or False,
        milestone=row.text("milestone", longest=500, needed=False),
    )


def _check_bounds(tiers: tuple[PlacedTier, ...]) -> None:
    bound = Decimal(0)
    names: set[str] = set()
    for place, tier in enumerate(tiers, start=1):
        if tier.ordinal != place:
            message = (
                f"Tier {tier.ordinal} stands where tier {place} is missing: number them 1, 2, 3."
            )
            tier.row.refuse("ordinal", message)
            return
        if tier.tier.name in names:
            message = f"{tier.tier.name!r} names an earlier tier too: give each its own name."
            tier.row.refuse("tier", message)
        names.add(tier.tier.name)
        _check_bound(tier, bound, is_last=place == len(tiers))
        bound = tier.up_to or bound


def _check_bound(tier: PlacedTier, bound: Decimal, *, is_last: bool) -> None:
    written = tier.row.cells["up_to"]
    if is_last and written:
        message = (
            "The last tier must be open, so that no quantity is without a price: empty the cell."
        )
        tier.row.refuse("up_to", message)
    elif not is_last and not written:
        tier.row.refuse("up_to", "Only the last tier is open: give its upper bound.")
    elif not is_last and tier.up_to is not None and tier.up_to <= bound:
        message = (
            f"{plain(tier.up_to)} is not above the bound before it, {plain(bound)}: correct it."
        )
        tier.row.refuse("up_to", message)


def quantities_of(
    rows: Sequence[Row],
    versions: Collection[Version],
    agreements: Mapping[Key, Terms],
    named: set[Key],
) -> tuple[DatedQuantity, ...]:
    """The agreement quantities; `named` are the prices that prices.csv has, right or wrong."""
    refuse_repeats(rows, ("client", "agreement", "price", "starts_on"))
    per_unit = {version.price_key for version in versions if version.per_agreement_quantity}
    known = {version.price_key for version in versions}
    dated = [each for row in rows if (each := _dated(row, agreements, named))]
    for each in dated:
        if each.price in known - per_unit:
            message = (
                "The price is not per_agreement_quantity: say so in prices.csv or remove the row."
            )
            each.row.refuse("price", message)
    _check_first(dated, [version for version in versions if version.per_agreement_quantity])
    return tuple(dated)


def _dated(row: Row, agreements: Mapping[Key, Terms], named: set[Key]) -> DatedQuantity | None:
    refuse_unknown(row, ("client", "agreement", "price"), named, PRICES)
    starts_on = row.day("starts_on")
    quantity = row.number("quantity", QUANTITY, needed=True)
    if starts_on is None or quantity is None:
        return None
    key = key_of(row, ("client", "agreement", "price"))
    terms = agreements.get(key[:2])
    if terms and (starts_on < terms.starts_on or (terms.ends_on and starts_on >= terms.ends_on)):
        end = f" to {terms.ends_on}" if terms.ends_on else ""
        message = f"{starts_on} is outside the agreement, {terms.starts_on}{end}: correct it."
        row.refuse("starts_on", message)
    return DatedQuantity(row=row, price=key, starts_on=starts_on, quantity=quantity)


def _check_first(dated: Sequence[DatedQuantity], per_unit: Sequence[Version]) -> None:
    """Note each price per unit that begins before it has a quantity."""
    first: dict[Key, date] = {}
    for each in dated:
        first[each.price] = min(first.get(each.price, each.starts_on), each.starts_on)
    noted: set[Key] = set()
    for version in sorted(per_unit, key=attrgetter("starts_on")):
        begins = first.get(version.price_key)
        if version.price_key not in noted and (begins is None or begins > version.starts_on):
            message = (
                f"{QUANTITIES} has no quantity for it from {version.starts_on} on: add a row there."
            )
            version.row.refuse("per_agreement_quantity", message)
        noted.add(version.price_key)
