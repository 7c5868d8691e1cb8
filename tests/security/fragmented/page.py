"""A page that is mostly a live part."""

import streamlit as st

from components.live import live
from components.viewer import Viewer, require_viewer

viewer = require_viewer()
st.text("above the live part")


def draw(viewer: Viewer) -> None:
    """Run again without the page."""
    st.text(f"figures of {viewer.client.slug}")
    st.button("act")


live(draw)
