"""Sessions that are open: their device, their place, since when, and the end of each."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from components.actions import OpenSession


def draw_open_session(
    session: OpenSession, zone: tzinfo, end: Callable[..., None], *asked: object
) -> None:
    """Draw one session with its end.

    Args:
        session: The session; the one that looks has no end here: it signs out.
        zone: Whose time is written.
        end: Called with `asked` and the session's reference when somebody ends it.
        asked: What `end` needs first.
    """
    name = f"{device(session.user_agent or '')} · {session.address or 'unknown'}"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.text(
            f"{name}\nsince {moment(session.created_at, zone)}, "
            f"last used {moment(session.last_seen_at, zone)}"
        )
        st.space("stretch")
        if session.is_this:
            st.text("This one")
        else:
            key = f"end_{session.reference[:16]}"
            st.button("End", key=key, on_click=end, args=(*asked, session.reference))


def device(user_agent: str) -> str:
    """Name a browser and its system in words.

    >>> device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/149.0 Safari/537.36")
    'Chrome on Linux'
    """
    browsers = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    browser = next((name for sign, name in browsers.items() if sign in user_agent), "A browser")
    system = next((name for sign, name in systems.items() if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser


def browser_zone() -> tzinfo:
    """Give the zone that the browser names; UTC where it names none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(instant: datetime, zone: tzinfo) -> str:
    """Write an instant to the minute in a zone."""
    return f"{instant.astimezone(zone):%d %b %Y, %H:%M}"
