"""What stands above and below the table: who, to whom, what, when, how much; how to pay, verify."""

from typing import Final

from fpdf import XPos, YPos

from documents.pdf.pages import BAND, GREY, MARGIN, Pages
from documents.pdf.words import PartyText, Words

#: Millimetres: from where the right half of the page goes.
_RIGHT: Final = 112.0
_LEFT_WIDTH: Final = _RIGHT - MARGIN - 6


def draw_front(pages: Pages, words: Words) -> None:
    """Draw what stands above the table."""
    _draw_kind(pages, words)
    below = pages.get_y()
    pages.set_y(MARGIN)
    _draw_party(pages, words.issuer)
    pages.set_y(max(below, pages.get_y()) + 8)
    top = pages.get_y()
    _draw_party(pages, words.client)
    left_end = pages.get_y()
    _draw_facts(pages, words, top)
    pages.set_y(max(left_end, pages.get_y()) + 5)
    _draw_remarks(pages, words)
    _draw_to_pay(pages, words)


def _draw_kind(pages: Pages, words: Words) -> None:
    pages.set_xy(_RIGHT, MARGIN - 1)
    pages.style(20, bold=True)
    pages.cell(0, 9, words.kind, new_x=XPos.LEFT, new_y=YPos.NEXT)
    pages.style(11, bold=True)
    pages.paragraph(words.number, 0, 5.5)
    pages.style(9, colour=GREY)
    pages.paragraph(words.about, 0, 4.5)


def _draw_party(pages: Pages, party: PartyText) -> None:
    pages.set_x(MARGIN)
    pages.style(7.5, colour=GREY)
    pages.paragraph(party.label, _LEFT_WIDTH, 4)
    pages.style(10.5, bold=True)
    pages.paragraph(party.name, _LEFT_WIDTH, 5)
    pages.style(8.5)
    for line in party.lines:
        pages.paragraph(line, _LEFT_WIDTH, 4.2)


def _draw_facts(pages: Pages, words: Words, top: float) -> None:
    pages.set_xy(_RIGHT, top)
    for label, value in words.facts:
        pages.set_x(_RIGHT)
        pages.style(8.5, colour=GREY)
        pages.cell(32, 4.8, label)
        pages.style(8.5)
        pages.paragraph(value, 0, 4.8)


def _draw_remarks(pages: Pages, words: Words) -> None:
    pages.style(9.5, bold=True)
    for remark in words.remarks:
        pages.set_x(MARGIN)
        pages.paragraph(remark, 0, 5)
    if words.remarks:
        pages.ln(3)


def _draw_to_pay(pages: Pages, words: Words) -> None:
    label, amount = words.to_pay
    pages.set_fill_color(*BAND)
    pages.set_x(MARGIN)
    pages.style(11, bold=True)
    half = pages.epw / 2
    pages.cell(half, 11, f"  {label}", fill=True)
    pages.style(15, bold=True)
    pages.cell(half, 11, f"{amount}  ", fill=True, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pages.ln(6)


def draw_closing(pages: Pages, words: Words) -> None:
    """Draw what stands below the table; a heading never stands alone at a page's end."""
    for heading, paragraphs in words.closing:
        pages.ln(6)
        if pages.get_y() > pages.page_break_trigger - 24:
            pages.add_page()
        pages.style(9.5, bold=True)
        pages.set_x(MARGIN)
        pages.paragraph(heading, 0, 5)
        pages.style(8.5)
        for text in paragraphs:
            pages.set_x(MARGIN)
            pages.paragraph(text, 0, 4.4)
