"""What the MSP pays: tables that no client reads."""

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Identifier,
    Instant,
    Key,
    Quantity,
    Words,
    code_checks,
    finite,
    reference,
    table,
)


class VendorCost(Base):
    """What the MSP pays for what an event measured, where the client does not see it."""

    __tablename__ = "vendor_cost"
    __table_args__ = table(
        reference("client_id, event_id", "billing.usage_event"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        *code_checks("provider", "service", longest=200),
        *finite("cost"),
        comment=(
            "What the MSP pays for a resold event, append-only. "
            "Only the MSP's people read it, never the client."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    event_id: Mapped[Key] = mapped_column(primary_key=True, comment="The event that it is for.")
    cost: Mapped[Quantity] = mapped_column(comment="What the vendor charges, in its currency.")
    currency: Mapped[Code] = mapped_column(comment="Currency, ISO 4217.")
    provider: Mapped[Words | None] = mapped_column(comment="Who provides the service.")
    service: Mapped[Words | None] = mapped_column(comment="The service, as the provider names it.")
    recorded_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it arrived."
    )
