"""Which events stand behind an issued line, fixed when it was issued."""

from typing import Final

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Count,
    Day,
    Digest,
    Identifier,
    Key,
    digest_checks,
    first_of_month,
    one_of,
    reference,
    table,
)

DISPOSITIONS: Final = ("billed", "too_late", "unpriced")
EXCLUSION_REASONS: Final = ("superseded", "withdraws")


class Evidence(Base):
    """A meter's events that a document's month bills and that occurred in one month."""

    __tablename__ = "evidence"
    __table_args__ = table(
        reference("client_id, invoice_id", "billing.invoice"),
        reference("meter_id", "billing.meter"),
        first_of_month("usage_period"),
        one_of("disposition", DISPOSITIONS),
        CheckConstraint(
            "event_count >= 0 AND excluded_count >= 0 AND included_count >= 0 "
            "AND excluded_count + included_count <= event_count",
            name="counts_add_up",
        ),
        *digest_checks("root"),
        comment=(
            "The events that a document's month bills, by meter and by the month in which they "
            "occurred, with the RFC 6962 root of their leaf hashes in order (occurred, event id)."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(primary_key=True, comment="The document.")
    meter_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="What was counted.")
    usage_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="Month in which they occurred, by its first day."
    )
    disposition: Mapped[Code] = mapped_column(
        comment="billed, too_late (charged nothing), or unpriced (no price for the meter)."
    )
    event_count: Mapped[Count] = mapped_column(comment="Events: the leaves under the root.")
    excluded_count: Mapped[Count] = mapped_column(
        comment="Of them excluded, each listed in evidence_exclusion."
    )
    included_count: Mapped[Count] = mapped_column(
        comment="Of the others, those that the included quantity covers."
    )
    root: Mapped[Digest] = mapped_column(comment="RFC 6962 root of their leaf hashes.")


class LineEvidence(Base):
    """Which events stand behind a line."""

    __tablename__ = "line_evidence"
    __table_args__ = table(
        reference("client_id, invoice_id, line_number", "billing.invoice_line"),
        reference("client_id, invoice_id, meter_id, usage_period", "billing.evidence"),
        comment="Which events stand behind a line.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(primary_key=True, comment="The document.")
    line_number: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="The line."
    )
    meter_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="What was counted.")
    usage_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="Month in which they occurred, by its first day."
    )


class EvidenceExclusion(Base):
    """An event that counted nothing when its month was issued."""

    __tablename__ = "evidence_exclusion"
    __table_args__ = table(
        reference("client_id, invoice_id, meter_id, usage_period", "billing.evidence"),
        one_of("reason", EXCLUSION_REASONS),
        CheckConstraint(
            "reason <> 'superseded' OR by_event_id IS NOT NULL", name="superseded_by_another"
        ),
        comment="Events that counted nothing when their month was issued, each with its reason.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(primary_key=True, comment="The document.")
    event_id: Mapped[Key] = mapped_column(primary_key=True, comment="The event.")
    meter_id: Mapped[Identifier] = mapped_column(comment="What was counted.")
    usage_period: Mapped[Day] = mapped_column(
        comment="Month in which it occurred, by its first day."
    )
    reason: Mapped[Code] = mapped_column(
        comment="superseded by another event, or withdraws: it only takes another one back."
    )
    by_event_id: Mapped[Key | None] = mapped_column(comment="The event that superseded it.")
