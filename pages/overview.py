"""Overview: is anything about to surprise me?"""

import streamlit as st

from components import data
from components.attention import Present, draw_attention, matters_of
from components.crossings import SHOWN as CROSSINGS
from components.crossings import draw_crossings
from components.empty import draw_no_agreement, draw_no_usage
from components.filters import chosen_period
from components.heading import draw_heading, freshness_in_words, writing_for
from components.months import draw_months
from components.nearest import draw_nearest
from components.next_invoice import draw_charges, draw_in_grace, draw_next_invoice
from components.sources import draw_sources
from components.standing import Stage, nearest_first, stage_of, standings_of
from components.viewer import Role, require_viewer

viewer = require_viewer()
now = data.as_of(viewer)
periods = data.periods(viewer, now)
period = chosen_period(periods)
draft = data.draft(viewer, period, now)
writing = writing_for(viewer, period, draft)
sources = data.freshness(viewer)
fresh = freshness_in_words(sources, now, writing)
draw_heading("Overview", viewer, (periods, period), writing, fresh)
if draft is None:
    draw_no_agreement(data.agreements(viewer), now, writing)
    st.stop()

before = data.draft(viewer, periods[1], now) if len(periods) > 1 and period == periods[0] else None
if before and stage_of(before.period, before.agreement.grace_hours, now) is Stage.IN_GRACE:
    with st.container(border=True):
        draw_in_grace(before, writing)

history = data.history(viewer, period, now)
earlier = next((each for each in history if each.period.name == period.previous().name), None)
standings = standings_of(draft)
nearest = nearest_first(standings)
invoice, months, attention = st.columns(3)
with invoice.container(border=True, height="stretch"):
    stage = stage_of(period, draft.agreement.grace_hours, now)
    draw_next_invoice(draft, stage, earlier, writing)
with months.container(border=True, height="stretch"):
    draw_months(history, writing)
with attention.container(border=True, height="stretch"):
    running = draft if period == periods[0] else data.draft(viewer, periods[0], now) or draft
    urgent = nearest if running is draft else nearest_first(standings_of(running))
    present = Present(draft=running, nearest=urgent, sources=sources, as_of=now)
    month = "" if running is draft else writing.month(running.period.month)
    draw_attention(matters_of(present, writing), month)

draw_no_usage(standings, sources)
draw_nearest(nearest, period.name, writing)

charges, crossings = st.columns(2)
with charges.container(border=True, height="stretch"):
    draw_charges(draft, writing)
with crossings.container(border=True, height="stretch"):
    most = max(len(draft.invoice.lines) - 2, CROSSINGS)
    draw_crossings(data.crossings(viewer, period), writing, most=most)
if viewer.role is not Role.FINANCE:
    with st.container(border=True):
        draw_sources(sources, now, writing)
