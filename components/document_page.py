"""A whole document on its page, made once as long as nothing that it shows changes."""

from components import data
from components.changes import changes_panel
from components.completeness import completeness_panel
from components.document_shown import DocumentShown
from components.downloads import downloads_panel
from components.filters import address, carried
from components.invoice_document import document_name, facts_panel, lines_panel, parties_row
from components.markup import element, row
from components.proof import proof_panel
from components.tables import Link, link


def document_sheet(shown: DocumentShown) -> str:
    """Give a document: what it says, what changed, and how its reader can check it."""
    addresses = (f"{name}={value}" for name, value in carried().items())
    about = ("document", shown.head.number, *addresses)
    return data.sheet(shown.viewer, about, lambda: _made(shown))


def _made(shown: DocumentShown) -> str:
    back = link(Link(text="All invoices", address=address("invoices")))
    parts = [
        element("p", back, "mg-sentence"),
        document_name(shown),
        parties_row(shown),
        row(facts_panel(shown), downloads_panel(shown)),
        lines_panel(shown),
        changes_panel(shown),
        completeness_panel(shown),
        proof_panel(shown),
    ]
    return element("div", "".join(part for part in parts if part), "mg-sheet")
