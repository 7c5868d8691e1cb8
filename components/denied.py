"""What somebody gets who opens a page that is not for him."""

import streamlit as st

from components import actions
from components.viewer import Person, network_address


def draw_no_such_page(person: Person, page: str) -> None:
    """Say that there is no such page for this person, and note that he asked."""
    actions.note_denied(person.session_hash, f"page {page}", "", network_address())
    st.text("There is no such page, or you may not see it.")
