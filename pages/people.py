"""All people and what they may see, for an administrator."""

import streamlit as st

from components.people import draw_people
from components.viewer import Role, require_person

person = require_person()

st.title("People")
if person.role is Role.ADMINISTRATOR:
    draw_people(person)
else:
    st.text("There is no such page, or you may not see it.")
