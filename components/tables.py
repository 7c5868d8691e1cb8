"""Tables as HTML with a head, numbers at the right, and every text escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from components.markup import element, escaped


class RowKind(StrEnum):
    """What a row is; its class in ``look.css``."""

    PLAIN = ""
    TOTAL = "mg-total"
    COMPLETING = "mg-complete"  #: not a record: it completes a column to its total
    GROUP = "mg-group"  #: heads the rows below, with their sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A text that leads to another address of this portal."""

    text: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A picture from ``components.marks``: HTML that is already safe."""

    drawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A text with a class of ``look.css``; its words say what the colour says."""

    text: str
    classes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A number cut to its column's decimals, and in full for whoever points at it."""

    text: str
    full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A text that no longer counts, struck through; words beside it say so too."""

    text: str


Cell = str | Link | Mark | Noted | Exact | Struck


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's head, with the unit once."""

    title: str
    number: bool = False  #: at the right, in digits of one width
    whole: bool = False  #: never broken into two lines
    breaks: bool = False  #: names of machines: broken anywhere, as they have no blanks
    spare: bool = False  #: left out on a narrow screen: it can be read elsewhere too
    wide: str = ""  #: a share of the width, such as "30%", for columns of marks


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row; its first cell names it."""

    cells: Sequence[Cell]
    kind: RowKind = RowKind.PLAIN
    note: Sequence[Cell] = ()  #: words and links under the row, across its width


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[TableRow],
    *,
    hidden: bool = False,
    narrow: bool = False,
    stacked: bool = False,
) -> str:
    """Give a table.

    Args:
        caption: What the table is.
        columns: Heads, from left to right.
        rows: As many cells each as there are columns.
        hidden: Whether the caption is only for those who hear the page, as a title stands above.
        narrow: Whether few columns stand close together, so that a row can be read across.
        stacked: Whether on a narrow screen the cells of a row stand below each other, each beside
            its column's title, where there are too many columns for one.
    """
    head = element("thead", element("tr", "".join(_head(column) for column in columns)))
    body = element("tbody", "".join(_row(columns, row, stacked=stacked) for row in rows))
    classes = " ".join(["mg-table", *["mg-narrow"] * narrow, *["mg-stacked"] * stacked])
    inner = element("caption", escaped(caption), "mg-hidden" if hidden else "") + head + body
    label = escaped(caption)
    return (
        f'<div class="mg-scroll" role="region" aria-label="{label}" tabindex="0">'
        f"{element('table', inner, classes)}</div>"
    )


def _head(column: Column) -> str:
    classes = _classes(column)
    width = f' style="width:{escape(column.wide)}"' if column.wide else ""
    if not column.title:
        return f'<td class="{classes}"{width}></td>'
    return f'<th scope="col" class="{classes}"{width}>{escaped(column.title)}</th>'


def _row(columns: Sequence[Column], row: TableRow, *, stacked: bool) -> str:
    draw = _titled_cell if stacked else _cell
    cells = [draw(column, cell) for column, cell in zip(columns, row.cells, strict=True)]
    if not row.note:
        return element("tr", "".join(cells), row.kind.value)
    note = f'<td colspan="{len(columns)}">{_words_of(row.note)}</td>'
    noted = f"mg-noted {row.kind.value}".rstrip()
    return element("tr", "".join(cells), noted) + element("tr", note, "mg-note")


def _words_of(cells: Sequence[Cell]) -> str:
    """Put words and links into one line; no blank stands before a full stop or a comma."""
    words = ""
    for cell in cells:
        apart = "" if not words or (isinstance(cell, str) and cell[:1] in ".,;:") else " "
        words += apart + content_of(cell)
    return words


def _cell(column: Column, cell: Cell) -> str:
    return element("td", content_of(cell), _classes(column))


def _titled_cell(column: Column, cell: Cell) -> str:
    title = escaped(column.title)
    return f'<td class="{_classes(column)}" data-title="{title}">{content_of(cell)}</td>'


def _classes(column: Column) -> str:
    marked = (
        ("mg-number", column.number),
        ("mg-whole", column.whole),
        ("mg-breaks", column.breaks),
        ("mg-spare", column.spare),
    )
    return " ".join(name for name, is_so in marked if is_so)


def content_of(cell: Cell) -> str:
    """Give a cell's content as safe HTML."""
    match cell:
        case Mark():
            return cell.drawn
        case Link():
            return link(cell)
        case Noted():
            return element("span", escaped(cell.text), cell.classes)
        case Struck():
            return element("s", escaped(cell.text))
        case Exact():
            return f'<span title="{escaped(cell.full)}">{escaped(cell.text)}</span>'
        case _:
            return escaped(cell)


def link(to: Link) -> str:
    """Give a link to an address of this portal, in the same window."""
    return f'<a href="{escape(to.address, quote=True)}" target="_self">{escaped(to.text)}</a>'
