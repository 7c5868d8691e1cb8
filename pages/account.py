"""One's own account: the password, where one is signed in, and who tried to be."""

import streamlit as st

from components.account import draw_password, draw_person, draw_sessions, draw_sign_ins
from components.viewer import require_person

person = require_person()

st.title("Account")
draw_person(person)
left, right = st.columns(2, gap="large")
with left:
    draw_password(person)
with right:
    draw_sessions(person)
draw_sign_ins(person)
