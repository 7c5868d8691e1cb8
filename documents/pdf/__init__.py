"""A document as PDF: pages that a finance department reads, files and pays by."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from documents.edition import Edition
from documents.pdf.content import words_of
from documents.pdf.fonts import shown
from documents.pdf.front import draw_closing, draw_front
from documents.pdf.pages import Pages
from documents.pdf.table import draw_table
from documents.pdf.words import Words, each_text, letters_of

#: What pages say beside the words: their numbers.
_ALWAYS: Final = frozenset("0123456789 of…")


def invoice_pdf(edition: Edition) -> bytes:
    """Write a document as PDF/A, the same bytes for the same edition.

    Letters of scripts beyond Latin, Greek and Cyrillic are visibly replaced.
    """
    words = each_text(words_of(edition), shown)
    with TemporaryDirectory(prefix="meterglass-") as folder:
        pages = Pages(Path(folder), letters_of(words) | _ALWAYS, words.footer)
        pages.describe(
            title=f"{words.kind} {words.number}",
            author=words.issuer.name,
            made_at=edition.document.issued_at,
        )
        _draw(pages, words)
        return pages.written()


def _draw(pages: Pages, words: Words) -> None:
    pages.add_page()
    draw_front(pages, words)
    draw_table(pages, words.head, words.rows)
    draw_closing(pages, words)
