"""The frame of the portal: sign-in, navigation, and what stands around every page."""

from pathlib import Path

import streamlit as st

from components.account import draw_first_password
from components.frame import (
    draw_header,
    draw_notice,
    draw_style,
    draw_way_out,
    icon,
    viewer_shown,
)
from components.sign_in import draw_sign_in_page
from components.viewer import Person, Role, present_person

HERE = Path(__file__).parent


def pages_of(person: Person | None) -> list[st.Page]:
    """All pages, those that a person may not open left out of the menu.

    The address of such a page is answered by the page itself, which checks again.
    """
    runs = person is not None and person.role is Role.ADMINISTRATOR
    closes = person is not None and person.role.closes_months
    return [
        st.Page(HERE / "overview.py", title="Overview", icon=":material/dashboard:", default=True),
        st.Page(HERE / "consumption.py", title="Consumption", icon=":material/speed:"),
        st.Page(HERE / "invoices.py", title="Invoices", icon=":material/receipt_long:"),
        st.Page(HERE / "agreement.py", title="Agreement", icon=":material/handshake:"),
        st.Page(
            HERE / "month_end.py",
            title="Month end",
            icon=":material/event_available:",
            visibility="visible" if closes else "hidden",
        ),
        st.Page(HERE / "account.py", title="Account", icon=":material/person:"),
        st.Page(
            HERE / "people.py",
            title="People",
            icon=":material/group:",
            visibility="visible" if runs else "hidden",
        ),
        st.Page(
            HERE / "audit.py",
            title="Audit log",
            icon=":material/history:",
            visibility="visible" if runs else "hidden",
        ),
    ]


st.set_page_config(page_title="Meterglass", page_icon=icon(), layout="wide")
draw_style()
person = present_person()
settled = person is not None and not person.must_change_password
page = st.navigation(pages_of(person), position="sidebar" if settled else "hidden")
if person is None:
    draw_sign_in_page()
elif person.must_change_password:
    draw_first_password(person)
    draw_way_out(person)
else:
    draw_header(person, viewer_shown(page.url_path))
    draw_notice()
    page.run()
