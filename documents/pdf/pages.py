"""The sheet of paper: its margins, its colours, its foot, and how a text is set on it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

from documents.pdf.fonts import WEIGHTS, write_font
from documents.pdf.metadata import xmp

#: Millimetres.
MARGIN: Final = 18
FOOT: Final = 20
_FAMILY: Final = "document"
TEXT: Final = (28, 37, 48)
GREY: Final = (78, 92, 107)
RULE: Final = (200, 208, 217)
BAND: Final = (245, 247, 250)
#: For archives: fonts are embedded, each letter can be copied as text, nothing depends on a viewer.
_ARCHIVABLE: Final = "PDF/A-2U"
_PRODUCER: Final = "Meterglass"
_SMALLEST: Final = 5.0


class Pages(FPDF):
    """Pages of A4, each with what the document is and its own number below."""

    def __init__(self, folder: Path, letters: frozenset[str], foot: str) -> None:
        super().__init__(format="A4", enforce_compliance=_ARCHIVABLE)
        self._foot = foot
        for style, weight in WEIGHTS.items():
            path = folder / f"{weight}.ttf"
            write_font(path, weight, letters)
            self.add_font(_FAMILY, style, path)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=FOOT)
        self.set_lang("en")

    def footer(self) -> None:
        """Write the foot of a page."""
        self.set_y(-FOOT + 6)
        self.style(7.5, colour=GREY)
        self.cell(self.epw - 20, 4, self._cut(self._foot, self.epw - 20))
        self.cell(20, 4, f"{self.page_no()} of {{nb}}", align=Align.R)

    def style(
        self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = TEXT
    ) -> None:
        """Say how the texts that follow look.

        Args:
            size: in points.
            bold: whether they are heavy.
            colour: red, green and blue.
        """
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def paragraph(self, text: str, width: float, height: float) -> None:
        """Set a text in lines of a width, from where the pen is downward, over pages if need be."""
        self.multi_cell(width, height, text, align=Align.L, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def lines_of(self, text: str, width: float) -> Sequence[str]:
        """Give the lines that a text takes in a width."""
        if not text:
            return ()
        lines: Sequence[str] = self.multi_cell(  # type: ignore[assignment]  # what it returns is asked for
            width, 1, text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES
        )
        return lines

    def figure(self, text: str, width: float, height: float) -> None:
        """Set a figure to the right on one line; a long one in smaller letters, never cut."""
        size = self.font_size_pt
        room = width - 2 * self.c_margin
        while self.get_string_width(text) > room and self.font_size_pt > _SMALLEST:
            self.set_font_size(self.font_size_pt - 0.5)
        self.cell(width, height, text, align=Align.R)
        self.set_font_size(size)

    def _cut(self, text: str, width: float) -> str:
        shown = text
        while shown and self.get_string_width(f"{shown}…") > width - 2 * self.c_margin:
            shown = shown[:-1]
        return text if shown == text else f"{shown}…"

    def rule(self, y: float, thickness: float = 0.2) -> None:
        """Draw a line across."""
        self.set_draw_color(*RULE)
        self.set_line_width(thickness)
        self.line(MARGIN, y, self.w - MARGIN, y)

    def written(self) -> bytes:
        """Give the file, and let go of the fonts that it was made with."""
        try:
            return bytes(self.output())
        finally:
            for font in self.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()

    def describe(self, *, title: str, author: str, made_at: datetime) -> None:
        """Say what the file is, and when it was made: when the document was issued."""
        self.set_title(title)
        self.set_author(author)
        self.set_producer(_PRODUCER)
        self.set_creation_date(made_at)
        about = xmp(title=title, author=author, producer=_PRODUCER, made_at=made_at)
        self.set_xmp_metadata(about)
