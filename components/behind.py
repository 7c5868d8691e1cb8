"""What is behind a meter's figure: its days, its resources or its records."""

import streamlit as st

from components import data, drafts, state
from components.breakdown import days_added, resources_shared
from components.markup import panel, show
from components.month_shown import MonthShown
from components.record_view import Counted, RecordView, draw_record_view

VIEWS = {"days": "By day", "resources": "By resource", "records": "Records"}


def draw_behind(month: MonthShown, name: str, view: str) -> None:
    """Draw one of the ways to take a charge apart.

    Args:
        month: The month shown.
        name: Of the metered price in the address.
        view: Which of `VIEWS`.
    """
    if view == "records":
        with st.container(border=True):
            draw_record_view(_records(month, name))
    else:
        about = (view, name, *month.kept_by)
        show(panel(data.sheet(month.viewer, about, lambda: _taken_apart(month, name, view))))


def _records(month: MonthShown, name: str) -> RecordView:
    def counted() -> Counted:
        return Counted(draft=month.drafted, standing=month.standings[name], writing=month.writing)

    return RecordView(
        viewer=month.viewer,
        period=month.period,
        chosen={
            state.PERIOD_PARAMETER: month.period.name,
            state.METER_PARAMETER: name,
            state.SHOW_PARAMETER: "records",
        },
        about=(name, *month.kept_by),
        counted=counted,
    )


def _taken_apart(month: MonthShown, name: str, view: str) -> str:
    standing, draft, writing = month.standings[name], month.drafted, month.writing
    line = draft.line_of(standing.price.code)
    if line is None:
        return ""
    if view == "resources":
        return resources_shared(draft, standing, line, writing)
    usage = drafts.course(month.viewer, month.period, standing.meter, month.now)
    return days_added(draft, standing, line, usage, writing)
