"""The files of a document, as plain links to the routes that make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from components import state
from components.document_shown import DocumentShown
from components.filters import carried
from components.markup import element, heading, panel, paragraph
from components.tables import Link, link


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A kind of file: how its address ends, what it is called, what it is for."""

    ending: str
    name: str
    use: str
    asked: Mapping[str, str] = field(default_factory=dict)  #: of its address


_FILES: Final = (
    _File(ending="pdf", name="PDF", use="to read, to pay, to keep"),
    _File(ending="xlsx", name="Spreadsheet", use="computes the bill again with formulas"),
    _File(ending="csv", name="CSV", use="every figure, for a program"),
    _File(
        ending="csv",
        name="CSV for spreadsheets",
        use="the same, so that nothing in it runs",
        asked={"safe": "1"},
    ),
    _File(ending="json", name="JSON", use="the very text that is signed"),
    _File(ending="focus.csv", name="FOCUS 1.2", use="for FinOps tools"),
    _File(ending="bundle.zip", name="Bundle", use="all that is needed to verify it offline"),
)
#: Beside them, where another system issues the legal invoice.
_DRAFTS: Final = (
    _File(ending="draft.csv", name="Draft as CSV", use="for the accounting system to take in"),
    _File(ending="draft.json", name="Draft as JSON", use="the same, in JSON"),
)


def downloads_panel(shown: DocumentShown) -> str:
    """Give the files of a document, to those who see the payment side; else who has them."""
    if not shown.viewer.sees_payment:
        words = "Finance has the document as PDF, spreadsheet and data."
        return panel(heading("Downloads"), paragraph(words, "mg-sentence mg-above"))
    files = _FILES if shown.head.is_legal else (*_FILES, *_DRAFTS)
    items = (element("li", f"{link(_to(each, shown.head.number))}: {each.use}") for each in files)
    return panel(heading("Downloads"), element("ul", "".join(items), "mg-list mg-files"))


def drafts_of(number: str) -> tuple[Link, ...]:
    """Give the files of a document that another system takes in, as links."""
    return tuple(_to(each, number) for each in _DRAFTS)


def _to(each: _File, number: str) -> Link:
    name = f"{quote(number, safe='')}.{each.ending}"
    return Link(text=each.name, address=export_address(name, each.asked))


def export_address(name: str, asked: Mapping[str, str] | None = None) -> str:
    """Give the address of a file, for this client."""
    client = {key: each for key, each in carried().items() if key == state.CLIENT_PARAMETER}
    query = urlencode({**client, **(asked or {})})
    return f"/export/invoice/{name}?{query}" if query else f"/export/invoice/{name}"


def records_file(number: str, line: int) -> Link:
    """Give the file with all records behind a line."""
    name = f"{quote(number, safe='')}/line/{line}/records.csv"
    return Link(text="All records of this line as CSV", address=export_address(name, {}))
