"""A setup folder → a setup, or every fault in it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from billing_core.faults import Fault, refuse
from billing_core.prices import Agreement
from billing_core.setup import Setup
from intake.setup.agreements import Terms, terms_of
from intake.setup.files import (
    AGREEMENTS,
    CLIENTS,
    COLUMNS,
    ISSUER,
    METERS,
    PEOPLE,
    PRICES,
    QUANTITIES,
    SOURCES,
    TAXES,
    TIERS,
)
from intake.setup.keys import Key, key_of
from intake.setup.meters import meters_of, sources_of
from intake.setup.parties import clients_of, issuer_of, needed_rows, people_of
from intake.setup.prices import NamedCodes
from intake.setup.rate_cards import RateCardRows, agreements_of
from intake.setup.row import Row
from intake.setup.tables import Table, read_table
from intake.setup.taxed import refuse_untaxed, taxed_rows
from intake.setup.taxes import TaxTable, taxes_of

#: File to the kind of its rows and the columns of their key, for `Setup.places`.
_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        ISSUER: ("issuer", ("name",)),
        CLIENTS: ("client", ("slug",)),
        PEOPLE: ("person", ("email",)),
        METERS: ("meter", ("meter",)),
        SOURCES: ("source", ("client", "source")),
        TAXES: ("tax rate", ("tax_code", "starts_on")),
        AGREEMENTS: ("agreement", ("client", "agreement")),
        PRICES: ("price", ("client", "agreement", "price", "starts_on")),
        QUANTITIES: ("quantity", ("client", "agreement", "price", "starts_on")),
    },
)


def read_folder(folder: Path) -> Setup:
    """The setup in a folder of ten files.

    Raises:
        Faults: with everything that is wrong, in the order of the files and their rows.
        NotADirectoryError: where there is no such folder.
        OSError: where a file can't be read.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"There is no folder {folder}.")
    found = {path.name: path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".csv"}
    contents = {name: path.read_bytes() for name, path in found.items() if name in COLUMNS}
    refuse(_folder_faults(frozenset(found)))
    return read_setup(contents)


def _folder_faults(found: frozenset[str]) -> Iterator[Fault]:
    for name in COLUMNS:
        if name not in found:
            header = ",".join(COLUMNS[name])
            yield Fault(where=name, message=_MISSING.get(name, _MISSING[""]).format(header))
    for name in sorted(found - COLUMNS.keys()):
        message = "The file is not one of the ten of a setup: rename it or move it away."
        yield Fault(where=name, message=message)


_MISSING: Final = {
    "": "The file is missing: add it, with its header {}.",
    TAXES: "The file came with invoices and is missing: add it, its header {} is enough.",
}


def read_setup(contents: Mapping[str, bytes]) -> Setup:
    """The setup in the contents of the ten files, by file name.

    Raises:
        Faults: with everything that is wrong, in the order of the files and their rows.
    """
    tables = {file: read_table(file, contents[file], COLUMNS[file]) for file in COLUMNS}
    setup = _setup(tables)
    refuse(_in_order(tables))
    if setup is None:
        raise AssertionError("a setup without faults has an issuer")
    return setup


def _in_order(tables: Mapping[str, Table]) -> Iterator[Fault]:
    for table in tables.values():
        yield from table.all_faults()
        yield from needed_rows(table)


def _setup(tables: Mapping[str, Table]) -> Setup | None:
    rows = {file: table.rows for file, table in tables.items()}
    issuer = issuer_of(rows[ISSUER])
    clients = clients_of(rows[CLIENTS])
    slugs = frozenset(row.cells["slug"] for row in rows[CLIENTS])
    people = people_of(rows[PEOPLE], slugs)
    meters = meters_of(rows[METERS])
    named = frozenset((slug,) for slug in slugs)
    sources = sources_of(rows[SOURCES], named)
    right = (row.sound for row in rows[CLIENTS])
    usable = {client.slug: client for client in compress(clients, right)}
    taxes = taxes_of(rows[TAXES])
    agreements = _agreements(rows, terms_of(rows[AGREEMENTS], usable, named, taxes.named), taxes)
    refuse_untaxed(agreements, taxes, taxed_rows(rows))
    if issuer is None:
        return None
    return Setup(
        issuer=issuer,
        clients=tuple(sorted(clients, key=lambda client: client.slug)),
        people=tuple(sorted(people, key=lambda person: person.email)),
        meters=tuple(sorted(meters, key=lambda meter: meter.code)),
        sources=tuple(sorted(sources, key=lambda source: (source.client, source.code))),
        agreements=agreements,
        tax_rates=taxes.rates,
        places=_places(rows),
    )


def _agreements(
    rows: Mapping[str, Sequence[Row]], terms: Sequence[Terms], taxes: TaxTable
) -> tuple[Agreement, ...]:
    meters = frozenset(row.cells["meter"] for row in rows[METERS])
    return agreements_of(
        terms,
        frozenset(key_of(row, ("client", "agreement")) for row in rows[AGREEMENTS]),
        RateCardRows(prices=rows[PRICES], tiers=rows[TIERS], quantities=rows[QUANTITIES]),
        NamedCodes(meters=meters, tax_codes=taxes.named),
    )


def _places(rows: Mapping[str, Sequence[Row]]) -> Mapping[Key, str]:
    return MappingProxyType(
        {
            (
                kind,
                *(part.lower() if kind == "person" else part for part in key_of(row, columns)),
            ): row.place
            for file, (kind, columns) in _KINDS.items()
            for row in rows[file]
        }
    )
