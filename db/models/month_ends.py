"""How far each client's month is at its end, for those who look at all clients at once."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.agreements import PERIOD_STATES
from db.models.base import (
    Amount,
    Base,
    Code,
    Count,
    Day,
    Identifier,
    Instant,
    Words,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)


class MonthState(Base):
    """What is known of a client's month at its end, kept so that nobody drafts all to look."""

    __tablename__ = "month_state"
    __table_args__ = table(
        reference("client_id, billing_period", "billing.billing_period"),
        Index("month_state_of_month", "billing_period"),
        first_of_month("billing_period"),
        one_of("period_state", PERIOD_STATES),
        CheckConstraint("ends_at <= grace_until", name="grace_after_end"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        CheckConstraint("jsonb_typeof(matters) = 'object'", name="matters_object"),
        CheckConstraint(
            "num_nulls(net, gross, booked_net, booked_gross) IN (0, 4)", name="totals_whole"
        ),
        CheckConstraint("(number IS NULL) = (is_legal IS NULL)", name="number_whole"),
        CheckConstraint("(legal_numbers IS NULL) = (legal_net IS NULL)", name="legal_net_whole"),
        CheckConstraint(
            "(legal_numbers IS NULL) = (legal_gross IS NULL)", name="legal_gross_whole"
        ),
        *finite(
            "net",
            "gross",
            "booked_net",
            "booked_gross",
            "adjusted_net",
            "former_net",
            "legal_net",
            "legal_gross",
        ),
        comment=(
            "How far a client's month is at its end: totals, and how much of what is still to be "
            "mended. Kept by the worker and by closing; one client opened is computed anew."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="The month, by its first day."
    )
    ends_at: Mapped[Instant] = mapped_column(comment="End of the month, exclusive.")
    grace_until: Mapped[Instant] = mapped_column(
        comment="Until when its records still arrive, exclusive."
    )
    period_state: Mapped[Code] = mapped_column(comment="open, closing or issued.")
    is_shadow: Mapped[bool] = mapped_column(
        comment="Whether it is before the first month billed here: compared, never issued."
    )
    currency: Mapped[Code] = mapped_column(comment="Currency, ISO 4217.")
    net: Mapped[Amount | None] = mapped_column(
        comment="Total before tax: the document's, else the draft's; null while there is none."
    )
    gross: Mapped[Amount | None] = mapped_column(comment="The same with tax.")
    booked_net: Mapped[Amount | None] = mapped_column(
        comment="Before tax, all its documents together, credit notes too; else the draft's."
    )
    booked_gross: Mapped[Amount | None] = mapped_column(comment="The same with tax.")
    adjusted_net: Mapped[Amount | None] = mapped_column(
        comment="Part of net that corrects earlier months; null: none of it."
    )
    former_net: Mapped[Amount | None] = mapped_column(
        comment=(
            "Total before tax that the month before was issued with; null if it was not, or in "
            "another currency."
        )
    )
    number: Mapped[Words | None] = mapped_column(
        comment="Number of its document; null until it is issued."
    )
    is_legal: Mapped[bool | None] = mapped_column(
        comment="Whether that is the legal document; null without one."
    )
    legal_numbers: Mapped[Words | None] = mapped_column(
        comment="Numbers in another system, separated by commas; null while none is taken back."
    )
    legal_net: Mapped[Amount | None] = mapped_column(
        comment="Total before tax of those, in the month's currency."
    )
    legal_gross: Mapped[Amount | None] = mapped_column(comment="The same with tax.")
    matters: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        server_default=text("'{}'"),
        comment="What is not ready, by kind, with how many of each.",
    )
    fault: Mapped[Words | None] = mapped_column(
        comment="Why no draft can be made, as a sentence; null while one can."
    )
    records_version: Mapped[Count] = mapped_column(
        comment="The client's version when readiness was looked up."
    )
    month_version: Mapped[Count] = mapped_column(
        comment="The version with which something of the month had last changed when drafted."
    )
    looked_at: Mapped[Instant] = mapped_column(comment="When this was looked up.")
    changes: Mapped[Count] = mapped_column(
        server_default=text("1"), comment="How often this changed; open pages watch it."
    )
