"""Clients that pay for a vendor's bill, set up through setup files, and its loading."""

import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from billing_core.invoicing import Invoice, build_invoice, rating_instants
from db.commands.setup import apply_setup
from db.queries.setup import agreements_of, meters
from db.queries.usage import periods_of, usage_at
from intake.setup import COLUMNS, read_setup
from jobs.__main__ import app
from tests.support.database import Database

SOURCE = "cloud-bill"
Rows = Iterable[Sequence[str]]


def resell(
    database: Database,
    *clients: str,
    prices: Rows,
    currency: str = "USD",
    zone: str = "UTC",
    without_source: Sequence[str] = (),
) -> dict[str, int]:
    """Set up clients that pay for a vendor's bill from 2020 on; their ids by slug.

    Args:
        database: an empty one.
        clients: slugs.
        prices: (price and meter, charge model, unit price, markup rate).
        currency: of the agreements.
        zone: of the clients.
        without_source: slugs of those that have no source.
    """
    prices = [*prices]
    files: dict[str, list[dict[str, str]]] = {
        "issuer.csv": [{"name": "Fairlead", "legal_name": "Fairlead B.V.", "country": "NL"}],
        "clients.csv": [
            {"slug": slug, "name": slug, "zone": zone, "locale": "en_US", "country": "US"}
            for slug in clients
        ],
        "meters.csv": [
            {"meter": meter, "name": meter, "unit": currency, "aggregation": "sum",
             "allows_credits": "yes"}
            for meter, *_ in prices
        ],
        "sources.csv": [
            {"client": slug, "source": SOURCE, "name": "Cloud bill"}
            for slug in clients if slug not in without_source
        ],
        "agreements.csv": [
            {"client": slug, "agreement": "A", "currency": currency, "starts_on": "2020-01-01"}
            for slug in clients
        ],
        "prices.csv": [
            {"client": slug, "agreement": "A", "price": code, "name": code, "charge_model": model,
             "meter": code, "starts_on": "2020-01-01", "unit_price": unit, "markup_rate": rate}
            for slug in clients for code, model, unit, rate in prices
        ],
    }  # fmt: skip
    setup = read_setup({name: _csv(name, files.get(name, [])) for name in COLUMNS})
    with database.as_owner() as connection:
        apply_setup(connection, setup, as_of=datetime(2020, 1, 1, tzinfo=UTC), actor="a test")
        found = connection.exec_driver_sql("SELECT slug, client_id FROM billing.client")
        return {row.slug: row.client_id for row in found}


def _csv(name: str, rows: Iterable[dict[str, str]]) -> bytes:
    columns = list(COLUMNS[name])
    lines = [",".join(columns), *(",".join(row.get(each, "") for each in columns) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def loaded(
    database: Database, file: Path, profile: Path | str, *more: str
) -> "subprocess.CompletedProcess[str]":
    """Load a file by the command."""
    return run(database, "ingest", str(file), "--profile", str(profile), *more)


def run(database: Database, *words: str) -> "subprocess.CompletedProcess[str]":
    """Give a command, in this process: another one would start for longer than it works."""
    told = CliRunner().invoke(app, words, env=database.environment, catch_exceptions=False)
    return subprocess.CompletedProcess(words, told.exit_code, told.stdout, told.stderr)


def draft_of(database: Database, client_id: int, month: str) -> Invoice:
    """The invoice of a month as it stands at its end."""
    with database.as_writer(client_id) as connection:
        period = next(each for each in periods_of(connection, client_id) if each.name == month)
        (agreement,) = agreements_of(connection, client_id)
        instants = rating_instants(agreement, period, period.ends_at)
        known = meters(connection).values()
        usage = usage_at(connection, client_id, period, known, instants)
    return build_invoice(agreement=agreement, period=period, usage=usage, as_of=period.ends_at)
