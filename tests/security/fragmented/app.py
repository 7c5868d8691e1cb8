"""A portal of one page that is mostly a fragment."""

import streamlit as st
from starlette.middleware import Middleware

from api import health
from api.gate import Gate

app = st.App("page.py", routes=[*health.ROUTES], middleware=[Middleware(Gate)])
