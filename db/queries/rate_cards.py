"""Agreements with their prices, tiers and quantities, read from the database.

An agreement takes three statements, whatever the number of its prices and tiers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, overload

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from billing_core.numbers import plain
from billing_core.prices import (
    Agreement,
    AgreementQuantity,
    ChargeModel,
    Interval,
    Price,
    Tier,
)
from db import models


def agreement_of(connection: Connection, client_id: int, day: date) -> Agreement | None:
    """The agreement in force on a day of the client's zone, with all versions of its prices."""
    table = models.Agreement
    in_force = (table.starts_on <= day) & (table.ends_on.is_(None) | (day < table.ends_on))
    return next(iter(_agreements(connection, client_id, in_force)), None)


def agreements_of(connection: Connection, client_id: int) -> tuple[Agreement, ...]:
    """The client's agreements in order of time."""
    return tuple(_agreements(connection, client_id))


def _agreements(
    connection: Connection, client_id: int, *conditions: ColumnElement[bool]
) -> Iterable[Agreement]:
    signed = connection.execute(_signed(client_id, conditions)).all()
    if not signed:
        return
    agreement_ids = [row.agreement_id for row in signed]
    prices = _prices(connection, client_id, agreement_ids)
    quantities = _quantities(connection, client_id, agreement_ids)
    for row in signed:
        yield Agreement(
            code=row.code,
            client=row.slug,
            currency=row.currency,
            zone=row.zone,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            prices=prices.get(row.agreement_id, ()),
            quantities=quantities.get(row.agreement_id, ()),
            minimum_commitment=_short(row.minimum_commitment),
            grace_hours=row.grace_hours,
            back_billing_days=row.back_billing_days,
            renews_on=row.renews_on,
            notice_by=row.notice_by,
            purchase_order=row.purchase_order,
            payment_days=row.payment_days,
            tax_code=row.tax_code,
        )


def _signed(client_id: int, conditions: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    table, client = models.Agreement, models.Client
    return (
        select(client.slug, client.zone, table.__table__)
        .join(client, client.client_id == table.client_id)
        .where(table.client_id == client_id, *conditions)
        .order_by(table.starts_on)
    )


def _prices(
    connection: Connection, client_id: int, agreement_ids: Sequence[int]
) -> Mapping[int, tuple[Price, ...]]:
    price, tier = models.Price, models.PriceTier
    statement = (
        select(
            price.__table__,
            models.Meter.code.label("meter"),
            tier.ordinal,
            tier.name.label("tier_name"),
            tier.up_to,
            tier.unit_price.label("tier_unit_price"),
            tier.flat_fee,
            tier.burst,
            tier.milestone,
        )
        .outerjoin(models.Meter, models.Meter.meter_id == price.meter_id)
        .outerjoin(tier, (tier.client_id == price.client_id) & (tier.price_id == price.price_id))
        .where(price.client_id == client_id, price.agreement_id.in_(agreement_ids))
        .order_by(price.agreement_id, price.price_id, tier.ordinal)
    )
    rows = connection.execute(statement).all()
    return {
        agreement_id: _in_order(
            _price(tuple(version)) for _, version in groupby(own, lambda row: row.price_id)
        )
        for agreement_id, own in groupby(rows, lambda row: row.agreement_id)
    }


def _in_order(prices: Iterable[Price]) -> tuple[Price, ...]:
    """Prices by code and day; not sorted by the database, whose order depends on its locale."""
    return tuple(sorted(prices, key=lambda price: (price.code, price.starts_on)))


def _price(rows: tuple[Row[*tuple[Any, ...]], ...]) -> Price:
    """A version of a price from its rows: one for each tier, or one without a tier."""
    row = rows[0]
    return Price(
        code=row.code,
        name=row.name,
        model=ChargeModel(row.charge_model),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        meter=row.meter,
        fee=_short(row.fee),
        interval=Interval(row.fee_interval),
        anchor_month=row.anchor_month,
        per_agreement_quantity=row.per_agreement_quantity,
        unit_price=_short(row.unit_price),
        tiers=tuple(_tier(each) for each in rows if each.ordinal is not None),
        package_size=_short(row.package_size),
        package_price=_short(row.package_price),
        free_quantity=_short(row.free_quantity),
        markup_rate=_short(row.markup_rate),
        included_quantity=_short(row.included_quantity),
        discount_rate=_short(row.discount_rate),
        maximum=_short(row.maximum),
        maximum_per_resource=_short(row.maximum_per_resource),
        minimum=_short(row.minimum),
        flat_on_zero=row.flat_on_zero,
        counts_toward_commitment=row.counts_toward_commitment,
        thresholds=tuple(_short(share) for share in row.thresholds),
        clause=row.clause,
        reference=row.reference,
        quantity=_short(row.quantity),
        tax_code=row.tax_code,
        reason=row.reason,
    )


def _tier(row: Row[*tuple[Any, ...]]) -> Tier:
    return Tier(
        name=row.tier_name,
        up_to=_short(row.up_to),
        unit_price=_short(row.tier_unit_price),
        flat_fee=_short(row.flat_fee),
        burst=row.burst,
        milestone=row.milestone,
    )


def _quantities(
    connection: Connection, client_id: int, agreement_ids: Sequence[int]
) -> Mapping[int, tuple[AgreementQuantity, ...]]:
    table = models.AgreementQuantity
    rows = connection.execute(
        select(table.agreement_id, table.price_code, table.starts_on, table.quantity).where(
            table.client_id == client_id, table.agreement_id.in_(agreement_ids)
        )
    )
    found: dict[int, list[AgreementQuantity]] = {}
    for row in sorted(rows, key=lambda row: (row.price_code, row.starts_on)):
        dated = AgreementQuantity(
            price_code=row.price_code, starts_on=row.starts_on, quantity=_short(row.quantity)
        )
        found.setdefault(row.agreement_id, []).append(dated)
    return {agreement_id: tuple(dated) for agreement_id, dated in found.items()}


@overload
def _short(number: Decimal) -> Decimal: ...
@overload
def _short(number: None) -> None: ...
def _short(number: Decimal | None) -> Decimal | None:
    """A stored number without the zeros that its column adds."""
    return None if number is None else Decimal(plain(number))
