"""The setup of fifty clients and their two hundred people, after one client of the demo.

Each client's code stands in its name, in its people's addresses and in its resources' names, so
that a row of another client can be told from one of its own wherever it is drawn.
"""

import csv
from collections.abc import Callable
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from demo.setup_files import write_setup

TEMPLATE: Final = "harbor-foods"
SOURCE: Final = "collector"
ROLES: Final = ("finance", "it")
_BY_CLIENT: Final = ("agreements", "prices", "tiers", "quantities")
Row = dict[str, str]
Rewrite = Callable[[list[Row]], list[Row]]


def slugs(count: int) -> tuple[str, ...]:
    """The codes of the clients; the first is the one with a tenth of everything.

    >>> slugs(2)
    ('acct-00', 'acct-01')
    """
    return tuple(f"acct-{number:02d}" for number in range(count))


def write_clients(folder: Path, clients: tuple[str, ...], people: int, anchor: date) -> None:
    """Write the ten files of a setup with these clients in place of the demo's.

    Args:
        folder: an empty folder.
        clients: codes.
        people: how many may sign in, spread over the clients by turns.
        anchor: the present day.
    """
    write_setup(folder, anchor)
    for name in _BY_CLIENT:
        _rewrite(folder / f"{name}.csv", lambda rows: _of_each(rows, clients))
    _rewrite(folder / "clients.csv", lambda rows: _clients(rows, clients))
    _rewrite(folder / "sources.csv", lambda rows: _sources(rows, clients))
    _rewrite(folder / "people.csv", lambda _rows: _people(clients, people))


def address(person: int, client: str) -> str:
    """With what a person signs in."""
    return f"person-{person}@{client}.example"


def clients_of_people(clients: tuple[str, ...], people: int) -> list[str]:
    """The client of each person, by turns."""
    return list(islice(cycle(clients), people))


def _of_each(rows: list[Row], clients: tuple[str, ...]) -> list[Row]:
    template = [row for row in rows if row["client"] == TEMPLATE]
    return [{**row, "client": client} for client in clients for row in template]


def _clients(rows: list[Row], clients: tuple[str, ...]) -> list[Row]:
    return [
        {**row, "slug": client, "name": f"{client} Foods", "legal_name": "", "invoice_prefix": ""}
        for client in clients
        for row in rows
        if row["slug"] == TEMPLATE
    ]


def _sources(rows: list[Row], clients: tuple[str, ...]) -> list[Row]:
    one = next(row for row in rows if row["client"] == TEMPLATE)
    return [{**one, "client": client, "source": SOURCE, "name": "Collector"} for client in clients]


def _people(clients: tuple[str, ...], people: int) -> list[Row]:
    return [
        {
            "email": address(number, client),
            "name": f"Person {number} of {client}",
            "role": ROLES[number // len(clients) % len(ROLES)],
            "clients": client,
        }
        for number, client in enumerate(clients_of_people(clients, people))
    ]


def _rewrite(path: Path, rewritten: Rewrite) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rewritten(rows))
