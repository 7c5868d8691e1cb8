"""Which usage events count: those that withdraw nothing and that none supersedes."""

from sqlalchemy import ColumnElement, and_, exists, not_
from sqlalchemy.orm import aliased

from db.models import UsageEvent

Later = aliased(UsageEvent)


def supersedes() -> ColumnElement[bool]:
    """Say of a `Later` event that it names the usage event."""
    return and_(
        Later.client_id == UsageEvent.client_id, Later.supersedes_event_id == UsageEvent.event_id
    )


def effective() -> ColumnElement[bool]:
    """Say of a usage event that it counts."""
    return and_(not_(UsageEvent.withdraws), not_(exists().where(supersedes())))
