"""What is known of a client's data, asked for whoever looks."""

from datetime import datetime

from billing_core.period import BillingPeriod
from components import data
from components.format import Format
from components.quality import Quality
from components.viewer import Viewer


def quality_shown(viewer: Viewer, period: BillingPeriod, now: datetime, writing: Format) -> Quality:
    """Give how whole a month's data is."""
    return Quality(
        sources=data.arrivals(viewer).sources,
        found=data.quality(viewer, period, now),
        as_of=now,
        month=writing.month(period.month),
        slug=viewer.client.slug,
        mends=viewer.mends,
    )
