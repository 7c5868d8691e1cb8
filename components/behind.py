"""What is behind a meter's figure: its days, its resources or its records."""

from functools import partial

import streamlit as st

from billing_core.metering import MeterUsage
from components import data, state
from components.breakdown import days_added, resources_shared
from components.filters import carried
from components.markup import show
from components.month_shown import MonthShown
from components.record_view import RecordView, draw_record_view
from components.standing import Draft, Standing

VIEWS = {"days": "By day", "resources": "By resource", "records": "Records"}


def kept_by(month: MonthShown, standing: Standing) -> tuple[str, ...]:
    """Give what a picture of a meter's month is kept by, beside whose it is."""
    about = (month.period.name, standing.price.code, month.now, *carried().items())
    return tuple(map(str, about))


def draw_behind(
    month: MonthShown, draft: Draft, standing: Standing, usage: MeterUsage, shown: tuple[str, str]
) -> None:
    """Draw one of the ways to take a charge apart.

    Args:
        month: The month shown.
        draft: Of the month.
        standing: The metered price.
        usage: Its course.
        shown: The name of the price in the address, and which of `VIEWS`.
    """
    name, view = shown
    viewer, writing, line = month.viewer, month.writing, draft.line_of(standing.price.code)
    about = (view, *kept_by(month, standing))
    with st.container(border=True):
        if view == "records":
            draw_record_view(
                RecordView(
                    viewer=viewer,
                    draft=draft,
                    standing=standing,
                    usage=usage,
                    writing=writing,
                    chosen={
                        state.PERIOD_PARAMETER: draft.period.name,
                        state.METER_PARAMETER: name,
                        state.SHOW_PARAMETER: view,
                    },
                )
            )
        elif line is not None and view == "days":
            made = partial(days_added, draft, standing, line, usage, writing)
            show(data.sheet(viewer, about, made))
        elif line is not None:
            made = partial(resources_shared, draft, standing, line, writing)
            show(data.sheet(viewer, about, made))
