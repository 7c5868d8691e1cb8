"""Who bills, who is billed, who may sign in: issuer.csv, clients.csv, people.csv."""

import re
from collections.abc import Sequence
from typing import Final

from billing_core.faults import Fault
from billing_core.setup import Books, Client, Issuer, Person, Role
from intake.setup.files import CLIENTS, ISSUER
from intake.setup.keys import refuse_repeats
from intake.setup.names import COUNTRIES, locales, zones
from intake.setup.row import Row
from intake.setup.tables import Table

_COUNTRY: Final = "a country: write its ISO 3166 code of two capital letters, such as NL"
_ZONE: Final = "a time zone: write its name in the IANA list, such as Europe/Amsterdam"
_LOCALE: Final = "a locale: write language and country, such as en_NL"
_PREFIX: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_ONE_CLIENT: Final = frozenset({Role.FINANCE, Role.IT})
_ALL_CLIENTS: Final = frozenset({Role.BILLING, Role.ADMINISTRATOR})


def issuer_of(rows: Sequence[Row]) -> Issuer | None:
    """The MSP itself; None where its row is missing."""
    for row in rows[1:]:
        row.refuse("name", f"The issuer is in row {rows[0].line} already: keep one row.")
    return _issuer(rows[0]) if rows else None


def _issuer(row: Row) -> Issuer:
    return Issuer(
        name=row.text("name"),
        legal_name=row.text("legal_name"),
        country=row.known("country", COUNTRIES, _COUNTRY),
        address=row.text("address", longest=1000, needed=False, lines=True),
        tax_number=row.text("tax_number", longest=64, needed=False),
        email=row.email("email", needed=False),
        payment_details=row.text("payment_details", longest=1000, needed=False, lines=True),
        books=row.choice("books", Books, Books.HERE) or Books.HERE,
    )


def needed_rows(table: Table) -> tuple[Fault, ...]:
    """The fault of a file that must not be without rows and is."""
    sentences = {
        ISSUER: "The file has no row: add the issuer.",
        CLIENTS: "The file has no row: add at least one client.",
    }
    if table.all_faults() or table.rows or table.file not in sentences:
        return ()
    return (Fault(where=table.file, message=sentences[table.file]),)


def clients_of(rows: Sequence[Row]) -> tuple[Client, ...]:
    """The clients; wrong rows are noted and give values that nobody may use."""
    refuse_repeats(rows, ("slug",))
    clients = tuple(_client(row) for row in rows)
    _refuse_shared_prefixes(rows, clients)
    return clients


def _client(row: Row) -> Client:
    return Client(
        slug=row.code("slug"),
        name=row.text("name"),
        zone=row.known("zone", zones(), _ZONE),
        locale=_locale(row),
        country=row.known("country", COUNTRIES, _COUNTRY),
        legal_name=row.text("legal_name", needed=False),
        address=row.text("address", longest=1000, needed=False, lines=True),
        tax_number=row.text("tax_number", longest=64, needed=False),
        invoice_prefix=_prefix(row),
        invoices_from=row.month("invoices_from"),
    )


def _prefix(row: Row) -> str:
    prefix = row.cells["invoice_prefix"]
    if prefix and not _PREFIX.fullmatch(prefix):
        message = (
            f"{prefix[:60]!r} is not a prefix: use 1 to 32 capital letters, digits and '-', and "
            "begin with a letter or a digit."
        )
        row.refuse("invoice_prefix", message)
    return prefix


def _refuse_shared_prefixes(rows: Sequence[Row], clients: Sequence[Client]) -> None:
    """Note each client whose invoices would have the numbers of another's.

    Slugs that differ only in upper and lower case are noted as such already.
    """
    earlier: dict[str, tuple[Row, Client]] = {}
    for row, client in zip(rows, clients, strict=True):
        known, other = earlier.setdefault(client.number_prefix, (row, client))
        if known is not row and (client.invoice_prefix or other.invoice_prefix):
            whose = "prefix" if other.invoice_prefix else "slug in capitals, and so the prefix,"
            message = (
                f"{client.number_prefix} is the {whose} of the client in row {known.line}: "
                "choose another."
            )
            row.refuse("invoice_prefix", message)


def _locale(row: Row) -> str:
    """A locale with an underscore, however it is written: `en-NL` is `en_NL`."""
    written = row.cells["locale"].replace("-", "_")
    return written if written in locales() else row.known("locale", locales(), _LOCALE)


def people_of(rows: Sequence[Row], slugs: frozenset[str]) -> tuple[Person, ...]:
    """The people whose rows are right."""
    refuse_repeats(rows, ("email",))
    people = (_person(row, slugs) for row in rows)
    return tuple(person for person in people if person)


def _person(row: Row, slugs: frozenset[str]) -> Person | None:
    email, name = row.email("email"), row.text("name")
    role = row.choice("role", Role)
    clients = _clients_seen(row, slugs)
    if role is None:
        return None
    if message := _wrong_count(role, len(clients)):
        row.refuse("clients", message)
    return Person(email=email, name=name, role=role, clients=tuple(sorted(clients)))


def _clients_seen(row: Row, slugs: frozenset[str]) -> tuple[str, ...]:
    cell = row.cells["clients"]
    seen = tuple(cell.split(" ")) if cell else ()
    for slug in seen:
        if slug not in slugs:
            message = (
                f"{slug!r} is not in {CLIENTS}: separate slugs by single spaces, "
                "and add the client there or correct it here."
            )
            row.refuse("clients", message)
    if len(set(seen)) < len(seen):
        row.refuse("clients", "A client is named twice: name each once.")
    return seen


def _wrong_count(role: Role, count: int) -> str | None:
    if role in _ONE_CLIENT and count != 1:
        return f"A person of role {role} sees exactly one client, not {count}: name one."
    if role in _ALL_CLIENTS and count:
        return f"A person of role {role} sees all clients: leave the cell empty."
    if role is Role.ACCOUNT_MANAGER and not count:
        return "An account manager sees the clients named here: name at least one."
    return None
