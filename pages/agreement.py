"""Agreement: what did we agree?"""

import streamlit as st

from components import data
from components.agreement_terms import draw_announced, draw_terms
from components.empty import draw_no_agreement
from components.filters import chosen_price
from components.format import Format
from components.heading import NO_CURRENCY, writing_of
from components.markup import paragraph, show
from components.rate_card import draw_rate_card
from components.standing import agreement_shown
from components.viewer import require_viewer

viewer = require_viewer()
now = data.as_of(viewer)
agreements = data.agreements(viewer)
agreement = agreement_shown(agreements, now, viewer.client.zone)
st.title("Agreement", anchor=False)
if agreement is None:
    show(paragraph(viewer.client.name, "mg-panel-unit"))
    draw_no_agreement(
        agreements,
        now,
        Format(locale=viewer.client.locale, zone=viewer.client.zone, currency=NO_CURRENCY),
    )
    st.stop()
writing = writing_of(viewer, agreement)
today = writing.local(now).date()
show(paragraph(f"{viewer.client.name} · as of {writing.day(today)}", "mg-panel-unit"))
only = chosen_price(agreement.codes())
if only is None:
    with st.container(border=True):
        draw_terms(agreement, today, writing)
        draw_announced(agreement, today, writing)
draw_rate_card(agreement, data.meters(viewer), today, writing, only)
