"""Consumption: how near is the burst tier, and what was it made of?"""

import streamlit as st

from components import data, state
from components.behind import VIEWS, draw_behind
from components.consumption import meter_sheet, month_sheet
from components.empty import draw_no_agreement, draw_no_meters
from components.filters import (
    asked,
    chosen_event,
    meter_switcher,
    not_found,
    one_of,
    show_switcher,
)
from components.heading import draw_title
from components.live import live
from components.markup import show
from components.meter import draw_picture
from components.month_shown import MonthShown, draw_month_heading, month_shown
from components.quality import quality_panel
from components.record import draw_record
from components.viewer import Viewer, require_viewer

viewer = require_viewer()


def draw(viewer: Viewer) -> None:
    """Draw the record, the month or the data quality that is chosen."""
    if chosen_event() is not None:
        draw_chosen_record(viewer)
    elif asked(state.SHOW_PARAMETER) == state.SHOW_QUALITY:
        month = month_shown(viewer)
        draw_month_heading("Consumption", month)
        show(quality_panel(month.quality, month.writing))
    else:
        draw_month(month_shown(viewer))


def draw_chosen_record(viewer: Viewer) -> None:
    """Draw one record, in the month in which it occurred."""
    event_id = chosen_event()
    detail = (data.record(viewer, event_id) if event_id else None) or not_found()
    month = month_shown(viewer, detail.record.own_month)
    draw_month_heading("Consumption", month)
    draw_record(detail, month.draft, month.writing, viewer.client.slug if viewer.mends else "")


def draw_month(month: MonthShown) -> None:
    """Draw all meters at a glance, then one of them down to its records."""
    sheet = month_sheet(month)
    draw_title("Consumption", dict(sheet.months), month.period.name)
    show(sheet.head)
    if sheet.meters:
        draw_meters(month, dict(sheet.meters), dict(sheet.names))
    elif month.draft is None:
        draw_no_agreement(data.agreements(month.viewer), month.now, month.writing)
        return
    else:
        draw_no_meters()
    show(sheet.quality)


def draw_meters(month: MonthShown, meters: dict[str, str], names: dict[str, str]) -> None:
    """Draw the meter that is chosen."""
    name = one_of(state.METER_PARAMETER, names, next(iter(meters)))
    view = one_of(state.SHOW_PARAMETER, {each: each for each in VIEWS}, "days")
    with st.columns([1, 2])[0]:
        meter_switcher(meters, name)
    sheet = meter_sheet(month, name)
    show(sheet.figures)
    draw_picture(sheet.picture)
    show_switcher(VIEWS, view)
    draw_behind(month, name, view)
    show(sheet.foot)


live(draw)
