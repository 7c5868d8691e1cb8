"""Which usage events count: those that withdraw nothing and that none supersedes in time.

A month is billed with what was recorded before its cut. An event that is superseded only after that
still counts in the month that bills it, for good; a later month bills the difference.
"""

from typing import Final

from sqlalchemy import ColumnElement, and_, any_, not_, or_, select
from sqlalchemy.orm import aliased

from db.models import BillingPeriod, UsageEvent

Later = aliased(UsageEvent)
Billing = aliased(BillingPeriod)  #: the month that bills the usage event

#: The same in SQL: that the event `e` is superseded by none that months up to :known bill, and by
#: none that was recorded before the month that bills `e` was cut.
NOT_SUPERSEDED: Final = """NOT EXISTS (
    SELECT FROM billing.usage_event s JOIN billing.billing_period b ON b.client_id = s.client_id
    WHERE s.client_id = e.client_id AND s.supersedes_event_id = e.event_id
      AND b.billing_period = e.billing_period
      AND (s.billing_period <= {known} OR b.state = 'open'
           OR s.event_id = ANY (b.known_corrections)))"""


def supersedes() -> ColumnElement[bool]:
    """Say of a `Later` event that it names the usage event."""
    return and_(
        Later.client_id == UsageEvent.client_id, Later.supersedes_event_id == UsageEvent.event_id
    )


def bills() -> ColumnElement[bool]:
    """Say of a `Billing` month that it bills the usage event."""
    return and_(
        Billing.client_id == UsageEvent.client_id,
        Billing.billing_period == UsageEvent.billing_period,
    )


def in_time() -> ColumnElement[bool]:
    """Say of a `Later` event that the `Billing` month knew of it when it was cut."""
    return or_(
        Later.billing_period <= Billing.billing_period,
        Billing.state == "open",
        Later.event_id == any_(Billing.known_corrections),
    )


def effective() -> ColumnElement[bool]:
    """Say of a usage event that it counts in the month that bills it."""
    superseded = (
        select(Later.event_id)
        .join(Billing, Billing.client_id == Later.client_id)
        .where(supersedes(), bills(), in_time())
    )
    return and_(not_(UsageEvent.withdraws), not_(superseded.exists()))
