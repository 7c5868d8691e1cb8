"""The records of a meter: the choice of day and resource, a page, and the way through the pages."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

import streamlit as st

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
from components.markup import show
from components.month_shown import MonthShown
from components.record_sums import sum_of_records, whole_month
from components.record_table import Ways, draw_pager, records_table, sum_table, ways_from


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


def draw_record_view(month: MonthShown, name: str) -> None:
    """Draw the choice, the page of records that fits it, and how all records add up.

    Args:
        month: The month shown.
        name: Of the metered price in the address.
    """
    keep, about = partial(data.sheet, month.viewer), (name, *month.kept_by)
    choice: _Choice = keep(("choice", *about), lambda: _choice(month, name))
    day, resource = _chosen(month, choice)
    question = _asked(choice.whole, day, resource)
    page: _Page = keep(("page", *about, *question.key), lambda: _page(month, name, question))
    show(page.table)
    kept = {
        state.PERIOD_PARAMETER: month.period.name,
        state.METER_PARAMETER: name,
        state.SHOW_PARAMETER: "records",
        state.DAY_PARAMETER: day.isoformat() if day else None,
        state.RESOURCE_PARAMETER: resource,
    }
    draw_pager(page.ways, kept, first=question == _unplaced(question))
    show(keep(("sum", *about), lambda: _sum(month, name)))


def _choice(month: MonthShown, name: str) -> _Choice:
    draft, standing, writing = month.drafted, month.standings[name], month.writing
    known = draft.usage[standing.meter.code].by_resource()
    days = [each for each in month.period.days() if each <= draft.day]
    return _Choice(
        days=tuple((each.isoformat(), writing.day(each)) for each in days),
        resources=tuple(sorted(each.resource for each in known)),
        whole=whole_month(draft, standing),
    )


def _page(month: MonthShown, name: str, question: RecordsAsked) -> _Page:
    page = data.records(month.viewer, question)
    table = records_table(page, month.drafted, month.standings[name], month.writing)
    return _Page(table=table, ways=ways_from(page))


def _sum(month: MonthShown, name: str) -> str:
    draft, standing = month.drafted, month.standings[name]
    usage = drafts.course(month.viewer, month.period, standing.meter, month.now)
    summed = sum_of_records(month.viewer, draft, standing, usage)
    return sum_table(summed, draft, standing, month.writing)


def _chosen(month: MonthShown, choice: _Choice) -> tuple[date | None, str | None]:
    day, resource = chosen_day(month.period), chosen_resource(choice.resources)
    left, right, _rest = st.columns([1, 1, 2])
    with left:
        day_picker(dict(choice.days), day)
    with right:
        resource_picker(choice.resources, resource)
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
