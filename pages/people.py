"""All people, what they may see and where they are signed in, for an administrator."""

import streamlit as st

from components.denied import draw_no_such_page
from components.people import draw_people
from components.viewer import Role, require_person

person = require_person()

st.title("People")
if person.role is Role.ADMINISTRATOR:
    draw_people(person)
else:
    draw_no_such_page(person, "people")
