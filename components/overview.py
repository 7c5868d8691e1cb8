"""The Overview as one sheet of HTML, made once as long as nothing that it shows changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing_core.period import BillingPeriod
from components import data, drafts, issued
from components.attention import Present, attention_panel, matters_of
from components.crossings import SHOWN, crossings_block
from components.empty import no_agreement, no_usage
from components.filters import carried, month_words
from components.format import Format
from components.heading import freshness_in_words, whose_days, writing_for
from components.invoices_open import Billed, as_billed, invoices_row, to_answer
from components.markup import element, heading, panel, row
from components.months import months_panel
from components.nearest import nearest_row
from components.next_invoice import (
    charges_panel,
    in_grace_panel,
    issued_panel,
    next_invoice_panel,
)
from components.quality import Quality, quality_line
from components.quality_shown import quality_shown
from components.sources import sources_table
from components.standing import (
    Draft,
    MonthTotal,
    Stage,
    agreement_in,
    nearest_first,
    stage_of,
    standings_of,
)
from components.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page shows of a month."""

    months: tuple[tuple[str, str], ...]  #: name and words of each month in the picker
    body: str  #: safe HTML


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a sheet is made from, beside what is asked for it."""

    viewer: Viewer
    periods: Sequence[BillingPeriod]  #: the running month first
    period: BillingPeriod
    now: datetime


def overview_sheet(
    viewer: Viewer, periods: Sequence[BillingPeriod], period: BillingPeriod, now: datetime
) -> Sheet:
    """Give the sheet of a month for this viewer.

    Args:
        viewer: Of this run.
        periods: Those with something to show, the running month first.
        period: The one shown.
        now: The instant as of which everything is shown.
    """
    shown = _Shown(viewer=viewer, periods=periods, period=period, now=now)
    addresses = tuple(f"{name}={value}" for name, value in carried().items())
    about = ("overview", period.name, now.isoformat(), *addresses)
    return data.sheet(viewer, about, lambda: _made(shown))


def _made(shown: _Shown) -> Sheet:
    viewer, period, now = shown.viewer, shown.period, shown.now
    draft = drafts.draft(viewer, period, now)
    billed = issued.months(viewer)
    writing = writing_for(viewer, period, draft)
    quality = quality_shown(viewer, period, now, writing)
    fresh = freshness_in_words(quality.sources, now, writing, quality.found.refused_count)
    parts = [whose_days(viewer, period, writing, fresh)]
    if draft is None:
        parts.append(no_agreement(data.agreements(viewer), now, writing))
    else:
        parts.extend(_parts(shown, draft, quality, writing, billed))
    return Sheet(
        months=tuple(month_words(shown.periods, writing).items()),
        body=element("div", "".join(parts), "mg-sheet"),
    )


def _parts(
    shown: _Shown, draft: Draft, quality: Quality, writing: Format, billed: Billed
) -> Iterator[str]:
    standings = standings_of(draft)
    drafted = drafts.history(shown.viewer, shown.periods, draft, shown.now)
    totals = tuple(as_billed(each, billed) for each in drafted)
    yield _in_grace(shown, writing, billed)
    yield row(
        _invoice(shown, draft, totals, writing, billed),
        months_panel(totals, writing),
        _attention(shown, draft, quality, writing),
    )
    yield no_usage(standings, quality.sources)
    yield nearest_row(nearest_first(standings), shown.period.name, writing)
    number = billed[shown.period.name].number if shown.period.name in billed else None
    meters = data.meters(shown.viewer)
    yield row(charges_panel(draft, meters, writing, number), _crossings(shown, draft, writing))
    yield invoices_row(shown.viewer, writing)
    yield _sources(shown, quality, writing)


def _sources(shown: _Shown, quality: Quality, writing: Format) -> str:
    """Give how whole the data is in a line, and for those who mend them each source."""
    line = quality_line(quality, shown.period.name, writing)
    if shown.viewer.role is Role.FINANCE:
        return line
    title = heading("Sources", f"times in {writing.zone}")
    return panel(title, sources_table(quality.sources, shown.now, writing), line)


def _in_grace(shown: _Shown, writing: Format, billed: Billed) -> str:
    """Give last month's line beside the running one, while stragglers still belong to it."""
    if len(shown.periods) == 1 or shown.period != shown.periods[0]:
        return ""
    agreements = data.agreements(shown.viewer)
    period = shown.periods[1]
    if period.name in billed:
        return ""
    agreement = agreement_in(agreements, period)
    if (
        agreement is None
        or stage_of(period, agreement.grace_hours, shown.now) is not Stage.IN_GRACE
    ):
        return ""
    before = drafts.draft(shown.viewer, period, shown.now)
    return in_grace_panel(before, writing) if before else ""


def _invoice(
    shown: _Shown, draft: Draft, totals: Sequence[MonthTotal], writing: Format, billed: Billed
) -> str:
    name = shown.period.previous().name
    earlier = next((each for each in totals if each.period.name == name), None)
    if shown.period.name in billed:
        return issued_panel(draft, billed[shown.period.name], earlier, writing)
    stage = stage_of(shown.period, draft.agreement.grace_hours, shown.now)
    return next_invoice_panel(draft, stage, earlier, writing)


def _attention(shown: _Shown, draft: Draft, quality: Quality, writing: Format) -> str:
    """Give what needs attention now, whatever month is shown."""
    is_shown = shown.period == shown.periods[0]
    running = None if is_shown else drafts.draft(shown.viewer, shown.periods[0], shown.now)
    present = Present(
        draft=running or draft,
        nearest=nearest_first(standings_of(running or draft)),
        sources=quality.sources,
        as_of=shown.now,
        questions=to_answer(shown.viewer),
    )
    month = writing.month(running.period.month) if running else ""
    return attention_panel(matters_of(present, writing), month)


def _crossings(shown: _Shown, draft: Draft, writing: Format) -> str:
    """Give the crossings, as many as stand beside the charges."""
    most = max(len(draft.invoice.lines) - 2, SHOWN)
    crossings = data.crossings(shown.viewer, shown.period)
    return panel(crossings_block(crossings, writing, most=most))
