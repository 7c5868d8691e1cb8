"""What is counted, on what, by whom: meters, resources, sources, usage events."""

from typing import Final

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Day,
    Digest,
    Duration,
    Identifier,
    Instant,
    Key,
    Quantity,
    Words,
    code_checks,
    digest_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

ONLY_APPENDED: Final = {
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
}
"""Storage of a table that only grows: index-only reads and estimates keep up with a bulk load."""
AGGREGATIONS: Final = ("sum", "max", "last", "time_weighted_mean", "unique_count")


class Meter(Base):
    """What is counted, its unit and its aggregation."""

    __tablename__ = "meter"
    __table_args__ = table(
        UniqueConstraint("code"),
        one_of("aggregation", AGGREGATIONS),
        CheckConstraint("holds_for > interval '0'", name="holds_for_positive"),
        *code_checks("code", "unit"),
        *code_checks("name", longest=200),
        comment="What is counted. Shared by all clients; unit and aggregation never change.",
    )

    meter_id: Mapped[Identifier] = mapped_column(Identity(), primary_key=True, comment="The meter.")
    code: Mapped[Code] = mapped_column(comment="Permanent name, part of every event's identity.")
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    unit: Mapped[Code] = mapped_column(comment="Unit of its quantities.")
    aggregation: Mapped[Code] = mapped_column(
        comment="How events become the quantity of a period, per resource."
    )
    holds_for: Mapped[Duration | None] = mapped_column(
        comment="How long a level holds without a new event; null: until the next event."
    )
    allows_credits: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether quantities may be negative."
    )


class Source(Base):
    """A system that measures."""

    __tablename__ = "source"
    __table_args__ = table(
        UniqueConstraint("client_id", "code"),
        reference("client_id", "billing.client"),
        CheckConstraint("expects_every > interval '0'", name="expects_every_positive"),
        *code_checks("code"),
        *code_checks("name", longest=200),
        comment="A system that measures for a client.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    source_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The source."
    )
    code: Mapped[Code] = mapped_column(comment="Permanent name, part of every event's identity.")
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    expects_every: Mapped[Duration | None] = mapped_column(
        comment="Longest time between events that is normal; beyond it the source counts as silent."
    )


class Resource(Base):
    """What an event was counted on: a machine, a volume, a site."""

    __tablename__ = "resource"
    __table_args__ = table(
        UniqueConstraint("client_id", "code"),
        reference("client_id", "billing.client"),
        *code_checks("code", "name", longest=200),
        comment="What is counted on: a machine, a volume, a site.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    resource_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The resource."
    )
    code: Mapped[Code] = mapped_column(
        comment="The source's own name of the resource, up to 200 characters."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")


class UsageEvent(Base):
    """One timestamped, immutable measurement.

    The columns stand in the order that packs a row best: fixed lengths first, by their alignment.
    What a row refers to is checked once per statement by the trigger `usage_event_refers_to_rows`:
    foreign keys, checked row by row, cost more than storing the event.
    """

    __tablename__ = "usage_event"
    __table_args__ = table(
        Index(
            "usage_event_in_order",
            "client_id",
            "meter_id",
            "billing_period",
            "occurred_at",
            "event_id",
        ),
        Index(
            "usage_event_superseded_once",
            "client_id",
            "supersedes_event_id",
            unique=True,
            postgresql_where=text("supersedes_event_id IS NOT NULL"),
        ),
        first_of_month("billing_period"),
        first_of_month("usage_period"),
        CheckConstraint("isfinite(occurred_at)", name="occurred_at_finite"),
        CheckConstraint(
            "(supersedes_event_id IS NULL) = (reason IS NULL) "
            "AND (NOT withdraws OR (supersedes_event_id IS NOT NULL AND quantity = 0))",
            name="correction_whole",
        ),
        CheckConstraint("supersedes_event_id <> event_id", name="supersedes_another"),
        *code_checks("source_event_id", "counted_value", longest=200),
        *digest_checks("leaf_hash"),
        *finite("quantity"),
        comment=(
            "Measurements, append-only: nobody changes one. A wrong one is superseded. "
            "A trigger checks that what they refer to exists."
        ),
        storage=ONLY_APPENDED,
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    meter_id: Mapped[Identifier] = mapped_column(comment="What was counted.")
    occurred_at: Mapped[Instant] = mapped_column(
        comment="When it was measured, by the source; orders the events."
    )
    recorded_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it arrived here."
    )
    billing_period: Mapped[Day] = mapped_column(
        comment="Month that bills it, fixed when recorded; by its first day."
    )
    usage_period: Mapped[Day] = mapped_column(
        comment="Month in which it occurred, in the client's zone."
    )
    source_id: Mapped[Identifier] = mapped_column(comment="Who measured.")
    resource_id: Mapped[Identifier] = mapped_column(comment="What it was counted on.")
    event_id: Mapped[Key] = mapped_column(
        primary_key=True,
        comment="First 128 bits of SHA-256 over source, source_event_id and meter.",
    )
    withdraws: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether it only withdraws the event it supersedes."
    )
    quantity: Mapped[Quantity] = mapped_column(
        comment="Amount used, or level from now on, in the meter's unit."
    )
    leaf_hash: Mapped[Digest] = mapped_column(
        comment="SHA-256 over 0x00 and the canonical form of the content."
    )
    source_event_id: Mapped[Code] = mapped_column(comment="The source's own name of the event.")
    supersedes_event_id: Mapped[Key | None] = mapped_column(
        comment="The wrong event that this one replaces; it may arrive later than its correction."
    )
    counted_value: Mapped[Code | None] = mapped_column(
        comment="What unique_count counts, like a user's name."
    )
    reason: Mapped[Words | None] = mapped_column(comment="Why it supersedes another event.")
