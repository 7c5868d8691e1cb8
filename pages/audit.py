"""Who did what, newest first, for an administrator."""

import streamlit as st

from components.audit import draw_audit_log
from components.denied import draw_no_such_page
from components.viewer import Role, require_person

person = require_person()

st.title("Audit log")
if person.role is Role.ADMINISTRATOR:
    draw_audit_log(person)
else:
    draw_no_such_page(person, "audit")
