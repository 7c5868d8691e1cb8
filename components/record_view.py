"""The records of a meter: the choice of day and resource, a page, and the way through the pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import streamlit as st

from billing_core.metering import MeterUsage
from components import data, state
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
from components.record_sums import sum_of_records, whole_month
from components.record_table import draw_pager, draw_records, draw_sum
from components.standing import Draft, Standing
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """Whose records are looked at, and in which month."""

    viewer: Viewer
    draft: Draft
    standing: Standing
    usage: MeterUsage
    writing: Format
    chosen: Mapping[str, str]  #: what of the address leads here, by parameter

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources that the meter counted on, by name."""
        known = self.draft.usage[self.standing.meter.code].by_resource()
        return tuple(sorted(each.resource for each in known))


def draw_record_view(view: RecordView) -> None:
    """Draw the choice, the page of records that fits it, and how all records add up."""
    day, resource = _chosen(view)
    question = _asked(view, day, resource)
    page = data.records(view.viewer, question)
    draw_records(page, view.draft, view.standing, view.writing)
    kept = {
        **view.chosen,
        state.DAY_PARAMETER: day.isoformat() if day else None,
        state.RESOURCE_PARAMETER: resource,
    }
    draw_pager(page, kept, first=question == _unplaced(question))
    draw_sum(
        sum_of_records(view.viewer, view.draft, view.standing, view.usage),
        view.draft,
        view.standing,
        view.writing,
    )


def _chosen(view: RecordView) -> tuple[date | None, str | None]:
    period = view.draft.period
    day, resource = chosen_day(period), chosen_resource(view.resources)
    left, right, _rest = st.columns([1, 1, 2])
    with left:
        known = [each for each in period.days() if each <= view.draft.day]
        day_picker(known, day, view.writing, tuple(view.chosen))
    with right:
        resource_picker(view.resources, resource, tuple(view.chosen))
    return day, resource


def _asked(view: RecordView, day: date | None, resource: str | None) -> RecordsAsked:
    return replace(
        _bounded(whole_month(view.draft, view.standing), day),
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
