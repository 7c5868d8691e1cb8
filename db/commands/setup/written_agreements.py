"""Stores the agreements, prices, tiers and agreement quantities of a setup."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from billing_core.prices import Agreement, AgreementQuantity, Price
from db import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The days between which something runs."""

    starts_on: date  #: inclusive
    ends_on: date | None  #: exclusive

    def common_with(self, other: "Terms") -> "Terms":
        """The days in both; may be none, with an end that isn't after its start."""
        ends = [end for end in (self.ends_on, other.ends_on) if end is not None]
        return Terms(
            starts_on=max(self.starts_on, other.starts_on), ends_on=min(ends, default=None)
        )

    @property
    def is_empty(self) -> bool:
        """Whether it has no day."""
        return self.ends_on is not None and self.ends_on <= self.starts_on


def terms_of(value: Agreement | Price) -> Terms:
    """The days between which an agreement or a version runs."""
    return Terms(starts_on=value.starts_on, ends_on=value.ends_on)


def agreement_ids_of(connection: Connection, client_id: int) -> Mapping[str, int]:
    """The ids of a client's agreements."""
    table = models.Agreement
    rows = connection.execute(
        select(table.code, table.agreement_id).where(table.client_id == client_id)
    )
    return {row.code: row.agreement_id for row in rows}


def meter_ids_of(connection: Connection) -> Mapping[str, int]:
    """The ids of all meters."""
    rows = connection.execute(select(models.Meter.code, models.Meter.meter_id))
    return {row.code: row.meter_id for row in rows}


def add_agreement(connection: Connection, client_id: int, agreement: Agreement) -> None:
    """Store a new agreement, without prices."""
    connection.execute(
        insert(models.Agreement).values(client_id=client_id, **_of_agreement(agreement))
    )


def change_agreements(
    connection: Connection, client_id: int, changed: Sequence[tuple[Agreement, Agreement]]
) -> None:
    """Store what changed of a client's agreements, each before and after.

    First all are cut to the days they had and keep: so no two overlap on the way, whatever moves.
    """
    for old, new in changed:
        common = terms_of(old).common_with(terms_of(new))
        if not common.is_empty:
            _update_agreement(
                connection,
                client_id,
                old.code,
                {"starts_on": common.starts_on, "ends_on": common.ends_on},
            )
    for _, new in changed:
        _update_agreement(connection, client_id, new.code, _of_agreement(new))


def _update_agreement(
    connection: Connection, client_id: int, code: str, values: Mapping[str, object]
) -> None:
    table = models.Agreement
    own = (table.client_id == client_id) & (table.code == code)
    connection.execute(update(table).where(own).values(**values))


def remove_agreement(connection: Connection, client_id: int, agreement_id: int) -> None:
    """Remove an agreement whose prices and quantities are removed."""
    table = models.Agreement
    own = (table.client_id == client_id) & (table.agreement_id == agreement_id)
    connection.execute(delete(table).where(own))


def remove_versions(
    connection: Connection, client_id: int, agreement_id: int, versions: Iterable[tuple[str, date]]
) -> None:
    """Remove versions of prices, each by code and first day, with their tiers."""
    price, tier = models.Price, models.PriceTier
    given = list(versions)
    own = (
        (price.client_id == client_id)
        & (price.agreement_id == agreement_id)
        & tuple_(price.code, price.starts_on).in_(given)
    )
    if given:
        ids = select(price.price_id).where(own)
        connection.execute(delete(tier).where(tier.client_id == client_id, tier.price_id.in_(ids)))
        connection.execute(delete(price).where(own))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardPlace:
    """Where prices are stored."""

    client_id: int
    agreement_id: int
    meter_ids: Mapping[str, int]


def add_version(connection: Connection, place: RateCardPlace, price: Price) -> None:
    """Store a new version of a price with its tiers."""
    statement = insert(models.Price).values(
        client_id=place.client_id, agreement_id=place.agreement_id, **_of_price(price, place)
    )
    price_id = connection.execute(statement.returning(models.Price.price_id)).scalar_one()
    _add_tiers(connection, place.client_id, price_id, price)


def change_version(connection: Connection, place: RateCardPlace, price: Price) -> None:
    """Store what changed of a version, and its tiers anew."""
    table, tier = models.Price, models.PriceTier
    own = (
        (table.client_id == place.client_id)
        & (table.agreement_id == place.agreement_id)
        & (table.code == price.code)
        & (table.starts_on == price.starts_on)
    )
    statement = update(table).where(own).values(**_of_price(price, place))
    price_id = connection.execute(statement.returning(table.price_id)).scalar_one()
    connection.execute(
        delete(tier).where(tier.client_id == place.client_id, tier.price_id == price_id)
    )
    _add_tiers(connection, place.client_id, price_id, price)


def _add_tiers(connection: Connection, client_id: int, price_id: int, price: Price) -> None:
    rows = [
        {
            "client_id": client_id,
            "price_id": price_id,
            "ordinal": ordinal,
            "name": tier.name,
            "up_to": tier.up_to,
            "unit_price": tier.unit_price,
            "flat_fee": tier.flat_fee,
            "burst": tier.burst,
            "milestone": tier.milestone,
        }
        for ordinal, tier in enumerate(price.tiers, start=1)
    ]
    if rows:
        connection.execute(insert(models.PriceTier), rows)


def write_quantities(
    connection: Connection,
    place: RateCardPlace,
    removed: Sequence[AgreementQuantity],
    stored: Sequence[AgreementQuantity],
) -> None:
    """Remove some agreement quantities and store others, new or changed."""
    table = models.AgreementQuantity
    keys = [(each.price_code, each.starts_on) for each in (*removed, *stored)]
    own = (table.client_id == place.client_id) & (table.agreement_id == place.agreement_id)
    if keys:
        named = tuple_(table.price_code, table.starts_on).in_(keys)
        connection.execute(delete(table).where(own & named))
    rows = [
        {
            "client_id": place.client_id,
            "agreement_id": place.agreement_id,
            "price_code": each.price_code,
            "starts_on": each.starts_on,
            "quantity": each.quantity,
        }
        for each in stored
    ]
    if rows:
        connection.execute(insert(table), rows)


def _of_agreement(agreement: Agreement) -> dict[str, object]:
    columns = (
        "code currency starts_on ends_on minimum_commitment grace_hours back_billing_days "
        "renews_on notice_by purchase_order payment_days tax_code"
    )
    return {column: getattr(agreement, column) for column in columns.split()}


_SAME_NAME: Final = (
    "code name starts_on ends_on fee anchor_month per_agreement_quantity unit_price package_size "
    "package_price free_quantity markup_rate included_quantity discount_rate maximum "
    "maximum_per_resource minimum flat_on_zero counts_toward_commitment clause reference quantity "
    "tax_code reason"
)


def _of_price(price: Price, place: RateCardPlace) -> dict[str, object]:
    return {
        **{column: getattr(price, column) for column in _SAME_NAME.split()},
        "charge_model": price.model.value,
        "fee_interval": price.interval.value,
        "meter_id": None if price.meter is None else place.meter_ids[price.meter],
        "thresholds": list(price.thresholds),
    }
