"""What a page says while there is nothing to show yet."""

from collections.abc import Sequence
from datetime import date, datetime

from billing_core.prices import Agreement
from components.data import SourceFreshness
from components.format import Format
from components.markup import element, heading, paragraph, show
from components.standing import Standing


def draw_no_agreement(agreements: Sequence[Agreement], as_of: datetime, writing: Format) -> None:
    """Say that no agreement runs in the month shown, and when one does."""
    show(no_agreement(agreements, as_of, writing))


def no_agreement(agreements: Sequence[Agreement], as_of: datetime, writing: Format) -> str:
    """Give what is said where no agreement runs in the month shown."""
    when = _when(agreements, writing.local(as_of).date(), writing)
    said = heading("No agreement runs in this month") + paragraph(when, "mg-sentence mg-above")
    return element("div", said)


def _when(agreements: Sequence[Agreement], today: date, writing: Format) -> str:
    coming = [each.starts_on for each in agreements if each.starts_on > today]
    if coming:
        return f"The agreement starts on {writing.day(min(coming))}. Its first charges appear then."
    ended = [each.ends_on for each in agreements if each.ends_on is not None]
    if ended:
        return f"The last agreement ended on {writing.day(max(ended))}. Choose an earlier month."
    return "As soon as an agreement is set up, its charges appear here."


def no_usage(standings: Sequence[Standing], sources: Sequence[SourceFreshness]) -> str:
    """Say that nothing was measured yet, where something is to be measured; else nothing."""
    if not standings or any(each.last_occurred_at for each in sources):
        return ""
    return paragraph(
        "Nothing has been measured yet. Fixed fees are known; charges for use appear with "
        "the first record."
    )


def draw_no_meters() -> None:
    """Say that nothing is charged by use in the month shown."""
    show(
        heading("Nothing is charged by use in this month"),
        paragraph("The agreement has fixed fees only.", "mg-sentence mg-above"),
    )
