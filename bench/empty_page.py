"""The peer of a page: an empty one."""

import streamlit as st

st.text("empty")
