"""The portal as one ASGI application: `streamlit run app.py`, or `uvicorn app:app`.

The frame lies inside `pages/`, so that Streamlit's own discovery of pages never serves one
around the sign-in.
"""

import streamlit as st
from starlette.middleware import Middleware

from api import exports, failures, health, live, machines, session
from api.gate import Gate
from api.headers import SecurityHeaders
from api.pages import Pages
from api.start import lifespan
from components import state
from components.failure import draw_failure

app = st.App(
    "pages/portal.py",
    routes=[*exports.ROUTES, *health.ROUTES, *live.ROUTES, *machines.ROUTES, *session.ROUTES],
    middleware=[Middleware(SecurityHeaders), Middleware(Gate, wake=state.WAKE), Middleware(Pages)],
    lifespan=lifespan(("components",)),
    on_script_error=draw_failure,
    exception_handlers={Exception: failures.failed},
)
