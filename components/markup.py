"""The one door from text to HTML: what a file, a person or a source wrote is escaped here."""

import re
from html import escape

import streamlit as st

LONGEST_TEXT = 2_000  #: characters; what is longer is cut on screen, its record holds all of it
_INVISIBLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def escaped(text: str) -> str:
    """Give text as HTML that shows the text: no tag, no control sign, no turned direction.

    >>> escaped("<b>")
    '&lt;b&gt;'
    """
    visible = _INVISIBLE.sub("\ufffd", text)
    cut = visible if len(visible) <= LONGEST_TEXT else f"{visible[:LONGEST_TEXT]}…"
    return escape(cut)


def element(name: str, inner: str, classes: str = "") -> str:
    """Give an element around HTML that is already safe."""
    marked = f' class="{classes}"' if classes else ""
    return f"<{name}{marked}>{inner}</{name}>"


def paragraph(text: str, classes: str = "mg-sentence") -> str:
    """Give one escaped sentence as a paragraph."""
    return element("p", escaped(text), classes)


def heading(title: str, unit: str = "", level: int = 2) -> str:
    """Give a panel's bold title, and under it in grey its unit or comparison."""
    name = f"h{level}"
    return element(name, escaped(title), "mg-panel-title") + (
        paragraph(unit, "mg-panel-unit") if unit else ""
    )


def command(words: str, line: str) -> str:
    """Give a command to copy, after a few words on what it does."""
    return element("p", escaped(words) + element("code", escaped(line), "mg-command"), "mg-asked")


def panel(*parts: str) -> str:
    """Give a framed box around safe HTML."""
    return element("div", "".join(parts), "mg-panel")


def row(*parts: str, places: int | None = None) -> str:
    """Give panels side by side, equally wide and high; below each other on a narrow screen.

    Args:
        parts: The panels from left to right.
        places: How many fit, from two to four, where that is more than there are panels.
    """
    return element("div", "".join(parts), f"mg-row mg-row-{places or len(parts)}")


def show(*parts: str) -> None:
    """Draw safe HTML, if there is any; every part comes from this module, marks or tables."""
    content = "".join(parts)
    if content:
        st.html(content)
