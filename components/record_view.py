"""The records of a meter: the choice of day and resource, a page, and the way through the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

import streamlit as st

from billing_core.period import BillingPeriod
from components import data, drafts, state
from components.data import RecordsAsked
from components.filters import (
    OLDEST,
    asked,
    chosen_day,
    chosen_place,
    chosen_resource,
    day_picker,
    resource_picker,
)
from components.format import Format
from components.markup import show
from components.record_sums import sum_of_records, whole_month
from components.record_table import Ways, draw_pager, records_table, sum_table, ways_from
from components.standing import Draft, Standing
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a meter's records were counted into."""

    draft: Draft
    standing: Standing
    writing: Format


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """Whose records are looked at, and in which month."""

    viewer: Viewer
    period: BillingPeriod
    chosen: Mapping[str, str]  #: what of the address leads here, by parameter
    about: tuple[str, ...]  #: what the picture is kept by, beside whose it is
    counted: Callable[[], Counted]  #: asked only where none is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Which records there are to choose from."""

    days: tuple[tuple[str, str], ...]  #: ISO and words of each
    resources: tuple[str, ...]  #: that the meter counted on, by name
    whole: RecordsAsked  #: the newest of the month


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of records."""

    table: str  #: safe HTML
    ways: Ways


def draw_record_view(view: RecordView) -> None:
    """Draw the choice, the page of records that fits it, and how all records add up."""
    keep = partial(data.sheet, view.viewer)
    choice: _Choice = keep(("choice", *view.about), lambda: _choice(view))
    day, resource = _chosen(view, choice)
    question = _asked(choice.whole, day, resource)
    page: _Page = keep(("page", *view.about, *question.key), lambda: _page(view, question))
    show(page.table)
    kept = {
        **view.chosen,
        state.DAY_PARAMETER: day.isoformat() if day else None,
        state.RESOURCE_PARAMETER: resource,
    }
    draw_pager(page.ways, kept, first=question == _unplaced(question))
    show(keep(("sum", *view.about), lambda: _sum(view)))


def _choice(view: RecordView) -> _Choice:
    of = view.counted()
    known = of.draft.usage[of.standing.meter.code].by_resource()
    days = [each for each in view.period.days() if each <= of.draft.day]
    return _Choice(
        days=tuple((each.isoformat(), of.writing.day(each)) for each in days),
        resources=tuple(sorted(each.resource for each in known)),
        whole=whole_month(of.draft, of.standing),
    )


def _page(view: RecordView, question: RecordsAsked) -> _Page:
    of, page = view.counted(), data.records(view.viewer, question)
    table = records_table(page, of.draft, of.standing, of.writing)
    return _Page(table=table, ways=ways_from(page))


def _sum(view: RecordView) -> str:
    of = view.counted()
    usage = drafts.course(view.viewer, view.period, of.standing.meter, of.draft.as_of)
    summed = sum_of_records(view.viewer, of.draft, of.standing, usage)
    return sum_table(summed, of.draft, of.standing, of.writing)


def _chosen(view: RecordView, choice: _Choice) -> tuple[date | None, str | None]:
    day, resource = chosen_day(view.period), chosen_resource(choice.resources)
    left, right, _rest = st.columns([1, 1, 2])
    with left:
        day_picker(dict(choice.days), day, tuple(view.chosen))
    with right:
        resource_picker(choice.resources, resource, tuple(view.chosen))
    return day, resource


def _asked(whole: RecordsAsked, day: date | None, resource: str | None) -> RecordsAsked:
    return replace(
        _bounded(whole, day),
        resource=resource,
        older_than=chosen_place(state.AFTER_PARAMETER),
        newer_than=chosen_place(state.BEFORE_PARAMETER),
        oldest=asked(state.AFTER_PARAMETER) == OLDEST,
    )


def _bounded(question: RecordsAsked, day: date | None) -> RecordsAsked:
    if day is None:
        return question
    starts_at = question.period.start_of(day)
    return replace(question, starts_at=starts_at, ends_at=_end_of(question, day))


def _end_of(question: RecordsAsked, day: date) -> datetime:
    if day >= question.period.last_day:
        return question.ends_at
    after = question.period.start_of(day + timedelta(days=1))
    return min(after, question.ends_at)


def _unplaced(question: RecordsAsked) -> RecordsAsked:
    return replace(question, older_than=None, newer_than=None, oldest=False)
