"""Lists on the command line: nothing is cut off, whatever the terminal's width."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST: Final = 1000


def show_list(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headers, each column as wide as its widest cell."""
    table = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False, width=_WIDEST).print(table)


def shown(instant: datetime | None) -> str:
    """An instant of UTC to the minute; a dash where there is none."""
    return f"{instant:%Y-%m-%d %H:%M}" if instant else "–"
