"""What screens and rating read: sums kept in the transaction that records the events."""

from typing import Final

from sqlalchemy import CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Count,
    Day,
    Exact,
    Identifier,
    Instant,
    Key,
    Quantity,
    Rate,
    code_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

UPDATED_OFTEN: Final = {"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.05"}
"""Storage that leaves room on each page: the next version of a row fits in, no index changes."""


class UsageHour(Base):
    """One resource's events of one hour, folded.

    What a row refers to is checked once per statement by the trigger `usage_hour_refers_to_rows`,
    as that of usage_event is; another one keeps the key as it was made.
    """

    __tablename__ = "usage_hour"
    __table_args__ = table(
        first_of_month("billing_period"),
        CheckConstraint("event_count >= 0", name="event_count_not_negative"),
        *finite("quantity_sum", "quantity_max", "first_level", "last_level", "level_seconds"),
        comment=(
            "Effective events of a resource in an hour, folded as they are recorded. "
            "A trigger checks that what they refer to exists."
        ),
        storage=UPDATED_OFTEN,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    meter_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="What was counted.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="Month that bills it, by its first day."
    )
    resource_id: Mapped[Identifier] = mapped_column(
        primary_key=True, comment="What it was counted on."
    )
    hour: Mapped[Instant] = mapped_column(
        primary_key=True, comment="Start of the hour, inclusive, in the period's zone."
    )
    first_at: Mapped[Instant] = mapped_column(comment="When the first event occurred.")
    last_at: Mapped[Instant] = mapped_column(comment="When the last event occurred.")
    event_count: Mapped[Count] = mapped_column(comment="Events folded.")
    quantity_sum: Mapped[Exact] = mapped_column(comment="Sum of their quantities.")
    quantity_max: Mapped[Quantity] = mapped_column(comment="Highest of their quantities.")
    first_level: Mapped[Quantity] = mapped_column(
        comment="Quantity of the first event; 0 where the meter states no levels."
    )
    last_level: Mapped[Quantity] = mapped_column(
        comment="Quantity of the last event; 0 where the meter states no levels."
    )
    level_seconds: Mapped[Exact] = mapped_column(
        comment="Level times seconds from the first event to the last; 0 without levels."
    )


class UsageDistinct(Base):
    """One counted value of one resource."""

    __tablename__ = "usage_distinct"
    __table_args__ = table(
        reference("client_id, resource_id", "billing.resource"),
        reference("client_id, billing_period", "billing.billing_period"),
        reference("meter_id", "billing.meter"),
        first_of_month("billing_period"),
        CheckConstraint("event_count >= 0", name="event_count_not_negative"),
        *code_checks("counted_value", longest=200),
        comment="Distinct values of unique_count meters, with the event that first brought each.",
        storage=UPDATED_OFTEN,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    meter_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="What was counted.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="Month that bills it, by its first day."
    )
    resource_id: Mapped[Identifier] = mapped_column(
        primary_key=True, comment="What it was counted on."
    )
    counted_value: Mapped[Code] = mapped_column(primary_key=True, comment="The value.")
    first_at: Mapped[Instant] = mapped_column(comment="When the first event with it occurred.")
    first_event_id: Mapped[Key] = mapped_column(comment="That event.")
    event_count: Mapped[Count] = mapped_column(comment="Events with it.")


class UsageTotal(Base):
    """The running total of a meter in a period; its row lock puts writers in line."""

    __tablename__ = "usage_total"
    __table_args__ = table(
        reference("client_id, billing_period", "billing.billing_period"),
        reference("meter_id", "billing.meter"),
        first_of_month("billing_period"),
        CheckConstraint("event_count >= 0", name="event_count_not_negative"),
        *finite("quantity"),
        comment="Running total of a meter in a period. Its row lock puts writers in line.",
        storage=UPDATED_OFTEN,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    meter_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="What was counted.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="Month that bills it, by its first day."
    )
    event_count: Mapped[Count] = mapped_column(
        server_default=text("0"), comment="Effective events so far."
    )
    first_at: Mapped[Instant | None] = mapped_column(comment="When the first one occurred.")
    last_at: Mapped[Instant | None] = mapped_column(comment="When the last one occurred.")
    quantity: Mapped[Exact] = mapped_column(server_default=text("0"), comment="Quantity so far.")
    last_event_id: Mapped[Key | None] = mapped_column(
        comment="The last one, by (occurred, event id)."
    )


class Crossing(Base):
    """A tier's bound or a threshold passed, once and for all."""

    __tablename__ = "crossing"
    __table_args__ = table(
        reference("client_id, price_id", "billing.price"),
        reference("client_id, billing_period", "billing.billing_period"),
        reference("meter_id", "billing.meter"),
        Index("crossing_in_order", "client_id", "meter_id", "billing_period", "crossed_at"),
        Index(
            "crossing_replaced_once",
            "client_id",
            "replaces_crossing_id",
            unique=True,
            postgresql_where=text("replaces_crossing_id IS NOT NULL"),
        ),
        first_of_month("billing_period"),
        one_of("kind", ("tier", "threshold")),
        one_of("state", ("crossed", "moved", "withdrawn")),
        CheckConstraint("(kind = 'threshold') = (share IS NOT NULL)", name="share_of_threshold"),
        CheckConstraint(
            "(state = 'crossed') = (replaces_crossing_id IS NULL)", name="replaces_unless_first"
        ),
        *finite("share", "bound", "total_before", "total_after"),
        comment=(
            "Bounds and thresholds passed, append-only. "
            "A correction adds a row that replaces an earlier one."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    crossing_id: Mapped[Count] = mapped_column(
        Identity(), primary_key=True, comment="The crossing."
    )
    price_id: Mapped[Identifier] = mapped_column(comment="The version of the price.")
    meter_id: Mapped[Identifier] = mapped_column(comment="What was counted.")
    billing_period: Mapped[Day] = mapped_column(comment="The month, by its first day.")
    kind: Mapped[Code] = mapped_column(
        comment="tier: its bound was passed; threshold: a share of the way was reached."
    )
    tier_ordinal: Mapped[Identifier] = mapped_column(
        comment="kind tier: the tier that was entered; threshold: the one whose bound is near."
    )
    share: Mapped[Rate | None] = mapped_column(
        comment="Share of the way to the bound; null for tiers."
    )
    bound: Mapped[Quantity] = mapped_column(
        comment="The quantity that was passed, included quantity counted."
    )
    crossed_at: Mapped[Instant] = mapped_column(
        comment="When, in the order in which events occurred."
    )
    noticed_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was recorded here."
    )
    event_id: Mapped[Key | None] = mapped_column(
        comment="The event that passed it; null if a level did by itself."
    )
    total_before: Mapped[Exact] = mapped_column(comment="Running total before.")
    total_after: Mapped[Exact] = mapped_column(comment="Running total after.")
    replaces_crossing_id: Mapped[Count | None] = mapped_column(
        comment="The earlier row that this one replaces."
    )
    state: Mapped[Code] = mapped_column(
        server_default=text("'crossed'"), comment="crossed, moved to another event, or withdrawn."
    )


class ClientVersion(Base):
    """A number that grows with every change that a client's people could see."""

    __tablename__ = "client_version"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        comment="Grows with every change of a client's records; caches and live pages watch it.",
        storage=UPDATED_OFTEN,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    version: Mapped[Count] = mapped_column(comment="Number of changes.")
    changed_at: Mapped[Instant] = mapped_column(comment="When the last one was made.")


class MonthVersion(Base):
    """The version with which something last changed from a month on."""

    __tablename__ = "month_version"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        first_of_month("billing_period"),
        comment=(
            "The client's version as it was last raised for changes from a month on. "
            "A month shows what it did while no month up to it has a new one."
        ),
        storage=UPDATED_OFTEN,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True,
        comment="The earliest month of the change, by its first day; 0001-01-01: every month.",
    )
    version: Mapped[Count] = mapped_column(comment="The client's version with that change.")
