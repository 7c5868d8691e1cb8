"""A page that is mostly a fragment."""

import streamlit as st

from components.viewer import require_viewer

viewer = require_viewer()
st.text("the page")


@st.fragment
def part() -> None:
    """Run again without the page."""
    again = require_viewer()
    st.text(f"figures of {again.client.slug}")


part()
