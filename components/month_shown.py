"""The month that a page shows, and what all of its parts are drawn from."""

from dataclasses import dataclass
from datetime import datetime

from billing_core.period import BillingPeriod
from components import data, drafts, issued
from components.filters import chosen_period
from components.format import Format
from components.heading import draw_heading, freshness_in_words, writing_for
from components.issued import IssuedMonth
from components.markup import element, show
from components.next_invoice import issued_in_words
from components.quality import Quality
from components.quality_shown import quality_shown
from components.standing import Draft
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShown:
    """A month, for a viewer, as of an instant."""

    viewer: Viewer
    now: datetime
    periods: tuple[BillingPeriod, ...]  #: those with something to show, the latest first
    period: BillingPeriod
    draft: Draft | None  #: None where no agreement runs
    writing: Format
    quality: Quality
    issued: IssuedMonth | None = None  #: the document of the month; None while there is none


def month_shown(viewer: Viewer, default: str | None = None) -> MonthShown:
    """Give the month in the address; without one the default, or else the latest."""
    now = data.as_of(viewer)
    periods = data.periods(viewer, now)
    period = chosen_period(periods, default)
    draft = drafts.draft(viewer, period, now, with_days=True)
    writing = writing_for(viewer, period, draft)
    return MonthShown(
        viewer=viewer,
        now=now,
        periods=periods,
        period=period,
        draft=draft,
        writing=writing,
        quality=quality_shown(viewer, period, now, writing),
        issued=issued.months(viewer).get(period.name),
    )


def draw_month_heading(title: str, month: MonthShown) -> None:
    """Draw a page's name with the picker of months, whose days these are, and how fresh."""
    quality = month.quality
    fresh = freshness_in_words(
        quality.sources, month.now, month.writing, quality.found.refused_count
    )
    draw_heading(title, month.viewer, (month.periods, month.period), month.writing, fresh)
    if month.issued:
        show(element("p", f"{issued_in_words(month.issued)}.", "mg-sentence"))
