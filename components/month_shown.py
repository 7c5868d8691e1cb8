"""The month that a page shows, and what all of its parts are drawn from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from billing_core.period import BillingPeriod
from components import data, drafts, issued
from components.filters import carried, chosen_period
from components.format import Format
from components.glance import named_in_address
from components.heading import draw_heading, freshness_in_words, writing_for
from components.issued import IssuedMonth
from components.markup import element, show
from components.next_invoice import issued_in_words
from components.quality import Quality
from components.quality_shown import quality_shown
from components.standing import Draft, Standing, standings_of
from components.viewer import Viewer


class MonthShown:
    """A month, for a viewer, as of an instant. What is known of it is asked for where it is used.

    It lives no longer than the run, which mostly draws what was made before and asks for nothing.
    """

    def __init__(
        self,
        viewer: Viewer,
        periods: Sequence[BillingPeriod],
        period: BillingPeriod,
        now: datetime,
    ) -> None:
        """Choose a month.

        Args:
            viewer: Of this run.
            periods: Those with something to show, the latest first.
            period: The one shown.
            now: The instant as of which everything is shown.
        """
        self.viewer, self.periods, self.period, self.now = viewer, periods, period, now

    @cached_property
    def draft(self) -> Draft | None:
        """Its invoice as known now; None where no agreement runs."""
        return drafts.draft(self.viewer, self.period, self.now, with_days=True)

    @property
    def drafted(self) -> Draft:
        """The same, where an agreement is known to run."""
        if self.draft is None:
            raise AssertionError(f"no agreement runs in {self.period.name}")
        return self.draft

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Its metered prices, by the text that names each in the address."""
        return named_in_address(standings_of(self.draft)) if self.draft else {}

    @cached_property
    def issued(self) -> IssuedMonth | None:
        """The document that stands for it; None while there is none."""
        return issued.months(self.viewer).get(self.period.name)

    @cached_property
    def writing(self) -> Format:
        """The client's way to write."""
        return writing_for(self.viewer, self.period, self.draft)

    @cached_property
    def quality(self) -> Quality:
        """How whole its data is."""
        return quality_shown(self.viewer, self.period, self.now, self.writing)

    @property
    def fresh(self) -> str:
        """How far its figures reach, in words."""
        quality = self.quality
        refused = quality.found.refused_count
        return freshness_in_words(quality.sources, self.now, self.writing, refused)

    @property
    def kept_by(self) -> tuple[str, ...]:
        """What a picture of it is kept by, beside whose it is."""
        return (self.period.name, self.now.isoformat(), *map("=".join, carried().items()))


def month_shown(viewer: Viewer, default: str | None = None) -> MonthShown:
    """Give the month in the address; without one the default, or else the latest."""
    now = data.as_of(viewer)
    periods = data.periods(viewer, now)
    return MonthShown(viewer, periods, chosen_period(periods, default), now)


def draw_month_heading(title: str, month: MonthShown) -> None:
    """Draw a page's name with the picker of months, whose days these are, and how fresh."""
    draw_heading(title, month.viewer, (month.periods, month.period), month.writing, month.fresh)
    show(issued_sentence(month))


def issued_sentence(month: MonthShown) -> str:
    """Say as what a month is issued; nothing while it is not. Safe HTML."""
    return element("p", f"{issued_in_words(month.issued)}.", "mg-sentence") if month.issued else ""
