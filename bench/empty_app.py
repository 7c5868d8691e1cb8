"""The peer of the portal: Streamlit with an empty page and nothing around it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Freeze what the imports made, as the portal does."""
    gc.collect()
    gc.freeze()
    yield


app = st.App("empty_page.py", lifespan=lifespan)
