"""The head of each page: its name, the month, whose it is, and how fresh what it shows is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import streamlit as st

from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from components.data import SourceFreshness
from components.filters import month_picker, month_words
from components.format import Format
from components.markup import paragraph, show
from components.standing import Draft
from components.viewer import Viewer

NO_CURRENCY = "EUR"  #: no amount is written before there is an agreement


def writing_for(viewer: Viewer, period: BillingPeriod, draft: Draft | None) -> Format:
    """Give the client's way to write, in the period's zone and the agreement's currency."""
    currency = draft.agreement.currency if draft else NO_CURRENCY
    return Format(locale=viewer.client.locale, zone=period.zone, currency=currency)


def writing_of(viewer: Viewer, agreement: Agreement) -> Format:
    """Give the client's way to write for an agreement."""
    return Format(locale=viewer.client.locale, zone=viewer.client.zone, currency=agreement.currency)


def draw_heading(
    title: str,
    viewer: Viewer,
    months: tuple[Collection[BillingPeriod], BillingPeriod],
    writing: Format,
    fresh: str,
) -> None:
    """Draw a page's name beside the picker of months, and below whose days these are."""
    periods, period = months
    draw_title(title, month_words(periods, writing), period.name)
    show(whose_days(viewer, period, writing, fresh))


def draw_title(title: str, words: Mapping[str, str], chosen: str) -> None:
    """Draw a page's name beside the picker of months."""
    name, picker = st.columns([3, 1], vertical_alignment="bottom")
    name.title(title, anchor=False)
    with picker:
        month_picker(words, chosen)


def whose_days(viewer: Viewer, period: BillingPeriod, writing: Format, fresh: str) -> str:
    """Give the line that says whose figures these are, of which days, and how fresh."""
    words = (viewer.client.name, writing.days(period), fresh)
    return paragraph(" · ".join(word for word in words if word), "mg-panel-unit")


def silent(sources: Sequence[SourceFreshness], as_of: datetime) -> tuple[SourceFreshness, ...]:
    """Give the sources that said nothing for longer than is normal for them."""
    return tuple(each for each in sources if _is_silent(each, as_of))


def _is_silent(source: SourceFreshness, as_of: datetime) -> bool:
    if source.last_occurred_at is None:
        return True
    if source.expects_every is None:
        return False
    return as_of - source.last_occurred_at > source.expects_every


def freshness_in_words(
    sources: Sequence[SourceFreshness], as_of: datetime, writing: Format, refused: int = 0
) -> str:
    """Say how far the figures reach: ``data to 13:40, all 4 sources reporting``.

    Args:
        sources: All of the client.
        as_of: The present.
        writing: How the client writes.
        refused: How many records wait in quarantine.
    """
    heard = [each.last_occurred_at for each in sources if each.last_occurred_at is not None]
    noun = "record" if refused == 1 else "records"
    waiting = f", {writing.count(refused)} {noun} refused" if refused else ""
    if not heard:
        return f"no data yet{waiting}"
    latest = max(heard)
    today = writing.local(latest).date() == writing.local(as_of).date()
    reach = writing.time(latest) if today else writing.moment(latest)
    return f"data to {reach}, {_who_reports(sources, as_of)}{waiting}"


def _who_reports(sources: Sequence[SourceFreshness], as_of: datetime) -> str:
    missing = silent(sources, as_of)
    if not missing:
        few = {1: "its source", 2: "both sources"}.get(len(sources), f"all {len(sources)} sources")
        return f"{few} reporting"
    names = ", ".join(each.source for each in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""  # noqa: PLR2004 - three fit
    return f"no word from {names}{more}"
