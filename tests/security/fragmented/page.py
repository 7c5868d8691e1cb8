"""A page that is mostly a live part."""

import streamlit as st

from components.live import live
from components.viewer import Viewer, require_viewer

#: One MiB.
HALF = bytes(1024 * 1024)

viewer = require_viewer()
st.text("above the live part")
if "file" in st.query_params:
    # Alike for all clients but for one byte in the middle.
    slug = viewer.client.slug
    st.download_button("File", HALF + slug[:1].encode() + HALF, f"{slug}.bin")


def draw(viewer: Viewer) -> None:
    """Run again without the page."""
    st.text(f"figures of {viewer.client.slug}")
    st.button("act")


live(draw)
