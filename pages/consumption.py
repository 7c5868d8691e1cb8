"""Consumption: how near is the burst tier, and what was it made of?"""

from functools import partial

import streamlit as st

from components import data, drafts, state
from components.behind import VIEWS, draw_behind, kept_by
from components.crossings import draw_crossings
from components.empty import draw_no_agreement, draw_no_meters
from components.filters import (
    asked,
    chosen_event,
    meter_switcher,
    not_found,
    one_of,
    show_switcher,
)
from components.glance import draw_glance, named_in_address, names_in_address
from components.late import draw_late_records
from components.live import live
from components.markup import show
from components.meter import draw_burn_up, draw_figures
from components.month_shown import MonthShown, draw_month_heading, month_shown
from components.quality import quality_panel
from components.record import draw_record
from components.standing import Draft, Standing, before, standings_of
from components.viewer import Viewer, require_viewer

viewer = require_viewer()


def draw(viewer: Viewer) -> None:
    """Draw the record, the month or the data quality that is chosen."""
    event_id = chosen_event()
    detail = (data.record(viewer, event_id) or not_found()) if event_id else None
    month = month_shown(viewer, detail.record.own_month if detail else None)
    draft, writing = month.draft, month.writing
    draw_month_heading("Consumption", month)
    if detail is not None:
        draw_record(detail, draft, writing, viewer.client.slug if viewer.mends else "")
    elif asked(state.SHOW_PARAMETER) == state.SHOW_QUALITY:
        show(quality_panel(month.quality, writing))
    elif draft is None:
        draw_no_agreement(data.agreements(viewer), month.now, writing)
    elif standings := named_in_address(standings_of(draft)):
        draw_meters(month, draft, standings)
    else:
        draw_no_meters()
        show(quality_panel(month.quality, writing))


def draw_meters(month: MonthShown, draft: Draft, standings: dict[str, Standing]) -> None:
    """Draw all meters at a glance, then one of them down to its records."""
    viewer, period, writing = month.viewer, month.period, month.writing
    with st.container(border=True):
        draw_glance(standings, period.name, writing)
    name = one_of(state.METER_PARAMETER, names_in_address(standings), next(iter(standings)))
    standing = standings[name]
    view = one_of(state.SHOW_PARAMETER, {each: each for each in VIEWS}, "days")
    with st.columns([1, 2])[0]:
        meter_switcher({each: known.price.name for each, known in standings.items()}, name)
    draw_figures(standing, writing)
    usage = drafts.course(viewer, period, standing.meter, month.now)
    earlier = before(month.periods, period)
    ghost = drafts.course(viewer, earlier, standing.meter, month.now) if earlier else None
    keep = partial(data.sheet, viewer, ("burn-up", *kept_by(month, standing)))
    draw_burn_up(standing, usage, ghost, month.quality.found.gaps_of(standing.meter), writing, keep)
    show_switcher(VIEWS, view)
    draw_behind(month, draft, standing, usage, (name, view))
    draw_late_records(data.late(viewer, period, standing.meter), standing.meter, writing)
    with st.container(border=True):
        crossings = data.crossings(viewer, period)
        of_meter = [each for each in crossings if each.price_code == standing.price.code]
        draw_crossings(of_meter, writing, named=False)
    show(quality_panel(month.quality, writing))


live(draw)
