"""The demo's setup files, with the dates they would have had if written in another month."""

import csv
from datetime import date
from pathlib import Path

from demo.calendar import WRITTEN_FOR, month_index, moved

FOLDER = Path(__file__).parent / "setup"
_DATES = frozenset({"starts_on", "ends_on", "renews_on", "notice_by"})
_LAW = "taxes.csv"
Row = dict[str, str]


def write_setup(folder: Path, anchor: date) -> None:
    """Write the setup files into ``folder``, all dates moved to the anchor's month.

    But for those of taxes: the law doesn't move.

    Args:
        folder: an existing folder.
        anchor: the day of the first load; for November 2026 the files stay as they are.
    """
    months = month_index(anchor) - month_index(WRITTEN_FOR)
    for path in sorted(FOLDER.glob("*.csv")):
        columns, rows = _read(path)
        with (folder / path.name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows if path.name == _LAW else (_moved(row, months) for row in rows))


def agreement_starts(anchor: date) -> dict[str, date]:
    """The first day of each client's agreement, by slug."""
    months = month_index(anchor) - month_index(WRITTEN_FOR)
    _, rows = _read(FOLDER / "agreements.csv")
    return {row["client"]: moved(date.fromisoformat(row["starts_on"]), months) for row in rows}


def anchor_month(client: str, starts_on: date) -> date:
    """The month in which a demo was first loaded, from the start of one of its agreements.

    >>> anchor_month("kaveri", date(2026, 9, 17))
    datetime.date(2026, 12, 1)
    """
    written = agreement_starts(WRITTEN_FOR)[client]
    return moved(WRITTEN_FOR, month_index(starts_on) - month_index(written))


def people() -> tuple[Row, ...]:
    """The people who may sign in to the demo: e-mail, name, role and clients."""
    return tuple(_read(FOLDER / "people.csv")[1])


def _read(path: Path) -> tuple[list[str], list[Row]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        return list(reader.fieldnames or ()), list(reader)


def _moved(row: Row, months: int) -> Row:
    return {
        column: moved(date.fromisoformat(cell), months).isoformat()
        if cell and column in _DATES
        else cell
        for column, cell in row.items()
    }
