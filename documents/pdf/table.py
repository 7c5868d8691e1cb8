"""The table of lines over as many pages as it takes: its head on each, its totals never alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from documents.pdf.pages import GREY, MARGIN, TEXT, Pages
from documents.pdf.words import Look, Row

#: Millimetres: number, text, service period, quantity, unit price, amount.
_WIDTHS: Final = (9.0, 59.0, 29.0, 30.0, 22.0, 25.0)
_NUMBER, _TEXT, _SERVICE, _QUANTITY, _PRICE, _AMOUNT = _WIDTHS
_LINE: Final = 4.2
_GAP: Final = 1.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """How a look is set."""

    size: float  #: points
    bold: bool = False
    colour: tuple[int, int, int] = TEXT
    above: float = 0.0  #: millimetres left free above
    indent: float = 0.0


_SETTINGS: Final = {
    Look.GROUP: _Setting(size=9.5, bold=True, above=2.5),
    Look.LINE: _Setting(size=8.5, bold=True, above=1.0),
    Look.DETAIL: _Setting(size=8, colour=GREY, indent=3),
    Look.NOTE: _Setting(size=7.5, colour=GREY, indent=3),
    Look.SUBTOTAL: _Setting(size=8.5, bold=True, above=1.5),
    Look.SUM: _Setting(size=9, above=1.0),
    Look.TOTAL: _Setting(size=11, bold=True, above=1.5),
}
#: Their text takes the width of the columns before the amount.
_WIDE: Final = frozenset({Look.GROUP, Look.NOTE, Look.SUBTOTAL, Look.SUM, Look.TOTAL})
#: A line is drawn above them.
_RULED: Final = frozenset({Look.SUBTOTAL, Look.TOTAL})


def draw_table(pages: Pages, head: Row, rows: Sequence[Row]) -> None:
    """Draw the rows; those that keep together stand on one page where one can hold them."""
    _draw_head(pages, head)
    for block in _blocks(rows):
        set_rows = [(row, _lines(pages, row)) for row in block]
        height = sum(_height(row, lines) for row, lines in set_rows)
        for row, lines in set_rows:
            room = pages.page_break_trigger - pages.get_y()
            needed = _height(row, lines) if height > _page_room(pages) else height
            if needed > room:
                pages.add_page()
                _draw_head(pages, head)
            _draw(pages, row, lines)
            height -= _height(row, lines)


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if not row.keeps_with_next:
            yield block
            block = []
    if block:
        yield block


def _page_room(pages: Pages) -> float:
    return pages.page_break_trigger - MARGIN - 3 * _LINE


def _lines(pages: Pages, row: Row) -> Sequence[str]:
    """Give the lines of a row's text as they are set."""
    setting = _SETTINGS[row.look]
    pages.style(setting.size, bold=setting.bold)
    return pages.lines_of(row.text, _text_width(row))


def _text_width(row: Row) -> float:
    indent = _SETTINGS[row.look].indent
    if row.look in _WIDE:
        return _TEXT + _SERVICE + _QUANTITY - indent
    return (_TEXT if row.service else _TEXT + _SERVICE) - indent


def _height(row: Row, lines: Sequence[str]) -> float:
    return _SETTINGS[row.look].above + max(1, len(lines)) * _line_height(row) + _GAP / 2


def _line_height(row: Row) -> float:
    return _LINE * _SETTINGS[row.look].size / 8.5


def _draw_head(pages: Pages, head: Row) -> None:
    pages.style(7.5, colour=GREY)
    pages.set_x(MARGIN)
    pages.cell(_NUMBER, 5, head.number)
    pages.cell(_TEXT, 5, head.text)
    for text, width in (
        (head.service, _SERVICE),
        (head.quantity, _QUANTITY),
        (head.unit_price, _PRICE),
        (head.amount, _AMOUNT),
    ):
        pages.figure(text, width, 5)
    pages.ln(5.5)
    pages.rule(pages.get_y(), 0.4)
    pages.ln(0.8)


def _draw(pages: Pages, row: Row, lines: Sequence[str]) -> None:
    setting = _SETTINGS[row.look]
    if row.look in _RULED:
        pages.rule(pages.get_y() + setting.above / 2)
    pages.ln(setting.above)
    top, height = pages.get_y(), _line_height(row)
    pages.style(setting.size, bold=setting.bold, colour=setting.colour)
    pages.set_x(MARGIN)
    pages.cell(_NUMBER + setting.indent, height, row.number)
    for count, text in enumerate(lines):
        pages.set_xy(MARGIN + _NUMBER + setting.indent, top + count * height)
        pages.cell(_text_width(row), height, text)
    _draw_figures(pages, row, top, height)
    pages.set_xy(MARGIN, top + max(1, len(lines)) * height + _GAP / 2)


def _draw_figures(pages: Pages, row: Row, top: float, height: float) -> None:
    left = MARGIN + _NUMBER + _TEXT
    if row.look in _WIDE:
        pages.set_xy(left + _SERVICE + _QUANTITY, top)
        pages.figure(row.amount, _PRICE + _AMOUNT, height)
        return
    if row.service:
        pages.set_xy(left, top)
        pages.style(7.5, colour=GREY)
        pages.figure(row.service, _SERVICE, height)
    setting = _SETTINGS[row.look]
    pages.style(setting.size, colour=setting.colour)
    pages.set_xy(left + _SERVICE, top)
    for text, width in ((row.quantity, _QUANTITY), (row.unit_price, _PRICE)):
        pages.figure(text, width, height)
    pages.style(setting.size, bold=setting.bold, colour=setting.colour)
    pages.figure(row.amount, _AMOUNT, height)
