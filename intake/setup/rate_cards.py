"""Terms, prices, tiers and quantities put together into agreements, checked across their rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from billing_core.faults import Faults
from billing_core.prices import Agreement, AgreementQuantity, Price
from billing_core.prices.agreement import WHOLE_PERIODS
from intake.setup.agreements import Terms
from intake.setup.files import AGREEMENTS
from intake.setup.keys import Key, key_of, refuse_repeats, refuse_unknown
from intake.setup.prices import COLUMN_OF, NamedCodes, Version, refuse_tiers_missing, version_of
from intake.setup.row import Row
from intake.setup.tiers import DatedQuantity, PlacedTier, quantities_of, tiers_of

_PRICE: Final = ("client", "agreement", "price")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardRows:
    """The rows of the three files that make rate cards."""

    prices: Sequence[Row]
    tiers: Sequence[Row]
    quantities: Sequence[Row]


def agreements_of(
    agreements: Sequence[Terms], named: Collection[Key], rows: RateCardRows, codes: NamedCodes
) -> tuple[Agreement, ...]:
    """The agreements whose rows are all right, in order of client and time.

    Args:
        agreements: the terms that could be read.
        named: client and agreement of every row of agreements.csv, right or wrong.
        rows: the rows of their prices; what is wrong is noted there.
        codes: what meters.csv and taxes.csv name.
    """
    terms = {each.key: each for each in agreements}
    versions = _versions(rows.prices, named, codes)
    _check_versions(versions, terms)
    tiers = _tiers(rows, versions)
    prices = {key_of(row, _PRICE) for row in rows.prices}
    quantities = quantities_of(rows.quantities, versions, terms, prices)
    own = _by_agreement(versions)
    counted = _counted_by_agreement(quantities)
    built = (
        _agreement(each, own.get(each.key, ()), tiers, counted.get(each.key, ()))
        for each in agreements
    )
    return tuple(agreement for agreement in built if agreement)


def _versions(
    rows: Sequence[Row], named: Collection[Key], codes: NamedCodes
) -> tuple[Version, ...]:
    refuse_repeats(rows, (*_PRICE, "starts_on"))
    for row in rows:
        refuse_unknown(row, ("client", "agreement"), named, AGREEMENTS)
    read = [version for row in rows if (version := version_of(row, codes))]
    return tuple(sorted(read, key=attrgetter("price_key", "starts_on")))


def _tiers(rows: RateCardRows, versions: Sequence[Version]) -> dict[Key, tuple[PlacedTier, ...]]:
    named = {key_of(row, (*_PRICE, "starts_on")) for row in rows.prices}
    tiers = tiers_of(rows.tiers, {version.key: version for version in versions}, named)
    for version in versions:
        refuse_tiers_missing(version, len(tiers.get(version.key, ())))
    return tiers


def _check_versions(versions: Sequence[Version], terms: Mapping[Key, Terms]) -> None:
    _refuse_spellings(versions)
    for version in versions:
        if version.agreement in terms:
            _check_term(version, terms[version.agreement])
    for _, group in groupby(versions, key=attrgetter("price_key")):
        for earlier, later in pairwise(group):
            _check_pair(earlier, later)


def _refuse_spellings(versions: Sequence[Version]) -> None:
    """Note prices of one agreement whose codes differ only in upper and lower case."""
    spelt: dict[Key, Version] = {}
    for version in versions:
        folded = tuple(part.casefold() for part in version.price_key)
        earlier = spelt.setdefault(folded, version)
        if earlier.code != version.code:
            message = (
                f"{version.code} differs from {earlier.code} in row {earlier.row.line} only in "
                "upper and lower case: write both the same or choose another code."
            )
            version.row.refuse("price", message)


def _check_term(version: Version, terms: Terms) -> None:
    row, starts_on = version.row, version.starts_on
    if starts_on < terms.starts_on or (terms.ends_on and starts_on >= terms.ends_on):
        end = f" to {terms.ends_on}" if terms.ends_on else ""
        message = f"{starts_on} is outside the agreement, {terms.starts_on}{end}: correct it."
        row.refuse("starts_on", message)
    if version.ends_on and terms.ends_on and version.ends_on > terms.ends_on:
        message = f"{version.ends_on} is after the agreement's end, {terms.ends_on}: correct it."
        row.refuse("ends_on", message)
    if version.model in WHOLE_PERIODS and starts_on.day != 1 and starts_on != terms.starts_on:
        message = (
            f"A {version.model} price is one for a whole month and {starts_on} is inside one: "
            "begin it on the first of a month."
        )
        row.refuse("starts_on", message)


def _check_pair(earlier: Version, later: Version) -> None:
    row, line = later.row, earlier.row.line
    if earlier.ends_on and earlier.ends_on > later.starts_on:
        message = (
            f"It begins on {later.starts_on}, while the version of row {line} runs until "
            f"{earlier.ends_on}: let that end by then, or leave its end empty."
        )
        row.refuse("starts_on", message)
    if earlier.model is not later.model:
        message = (
            f"It is {later.model}, and the version of row {line} is {earlier.model}: "
            "a price keeps its charge model, use another code for another."
        )
        row.refuse("charge_model", message)
    elif earlier.meter != later.meter:
        message = (
            f"Its meter is {later.meter}, and that of row {line} is {earlier.meter}: "
            "a price keeps its meter, use another code for another."
        )
        row.refuse("meter", message)


def _by_agreement(versions: Sequence[Version]) -> Mapping[Key, tuple[Version, ...]]:
    """The versions of each agreement; they come in the order of their keys."""
    grouped = groupby(versions, key=attrgetter("agreement"))
    return {agreement: tuple(own) for agreement, own in grouped}


def _counted_by_agreement(
    dated: Sequence[DatedQuantity],
) -> Mapping[Key, tuple[DatedQuantity, ...]]:
    """The quantities of each agreement, by price and day."""
    in_order = sorted(dated, key=attrgetter("price", "starts_on"))
    return {
        agreement: tuple(own) for agreement, own in groupby(in_order, lambda each: each.price[:2])
    }


def _agreement(
    terms: Terms,
    versions: Sequence[Version],
    tiers: Mapping[Key, tuple[PlacedTier, ...]],
    quantities: Sequence[DatedQuantity],
) -> Agreement | None:
    placed = [tier for version in versions for tier in tiers.get(version.key, ())]
    rows = [terms.row, *(version.row for version in versions)]
    rows += [*(tier.row for tier in placed), *(each.row for each in quantities)]
    if not all(row.sound for row in rows):
        return None
    prices = [_price(version, end, tiers) for version, end in _with_ends(versions)]
    if not all(row.sound for row in rows):
        return None
    try:
        return _signed(terms, [price for price in prices if price], quantities)
    except Faults as error:
        for fault in error.faults:
            terms.row.refuse("agreement", f"{fault}.")
        return None


def _signed(
    terms: Terms, prices: Sequence[Price], quantities: Sequence[DatedQuantity]
) -> Agreement:
    return Agreement(
        code=terms.code,
        client=terms.client,
        currency=terms.currency,
        zone=terms.zone,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        prices=tuple(prices),
        quantities=tuple(
            AgreementQuantity(
                price_code=each.price[2], starts_on=each.starts_on, quantity=each.quantity
            )
            for each in quantities
        ),
        minimum_commitment=terms.minimum_commitment,
        grace_hours=terms.grace_hours,
        back_billing_days=terms.back_billing_days,
        renews_on=terms.renews_on,
        notice_by=terms.notice_by,
        purchase_order=terms.purchase_order,
        payment_days=terms.payment_days,
        tax_code=terms.tax_code,
    )


def _with_ends(versions: Sequence[Version]) -> Iterator[tuple[Version, date | None]]:
    """Each version with its end: its own, else the start of the next version of the same price."""
    for version, later in zip(versions, [*versions[1:], None], strict=False):
        follows = later is not None and later.price_key == version.price_key
        next_start = later.starts_on if follows and later else None
        yield version, version.ends_on or next_start


def _price(
    version: Version, ends_on: date | None, tiers: Mapping[Key, tuple[PlacedTier, ...]]
) -> Price | None:
    try:
        return Price(
            code=version.code,
            name=version.name,
            model=version.model,
            starts_on=version.starts_on,
            ends_on=ends_on,
            meter=version.meter,
            interval=version.interval,
            anchor_month=version.anchor_month,
            per_agreement_quantity=version.per_agreement_quantity,
            tiers=tuple(placed.tier for placed in tiers.get(version.key, ())),
            flat_on_zero=version.flat_on_zero,
            counts_toward_commitment=version.counts_toward_commitment,
            thresholds=version.thresholds,
            clause=version.clause,
            reference=version.reference,
            tax_code=version.tax_code,
            reason=version.reason,
            **version.numbers,
        )
    except Faults as error:
        for fault in error.faults:
            version.row.refuse(COLUMN_OF.get(fault.where, fault.where), f"{fault.message}.")
        return None
