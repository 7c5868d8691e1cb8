"""A refused row of a closed-book bill, replayed: its cost stays apart and out of sight."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from jobs.__main__ import app
from tests.support.database import Database
from tests.support.usage import Ground, ground

PROFILE = """
name = "resold"
kind = "focus"
source = "collector"
meter = "cloud-resold"
id = ["x_LineItemId"]
[resale]
rate = "0.12"
"""
COLUMNS = (
    "BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart",
    "BillingPeriodEnd", "BillingAccountId", "ChargeCategory", "ProviderName", "ServiceName",
    "ResourceId", "x_LineItemId", "BillingAccountName", "ChargeClass", "ChargeDescription",
    "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity",
    "PricingUnit", "PublisherName", "ServiceCategory",
)  # fmt: skip
ROW = (
    "{cost}", "EUR", "2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z", "2026-10-01T00:00:00Z",
    "2026-11-01T00:00:00Z", "acme", "Usage", "Vendor", "Storage", "bucket-1", "{id}",
    *("NULL",) * 11,
)  # fmt: skip


def bill(folder: Path, *costs: str) -> tuple[Path, Path]:
    """A bill and the profile that reads it."""
    profile, file = folder / "resold.toml", folder / "bill.csv"
    profile.write_text(PROFILE)
    rows = [",".join(ROW).format(cost=cost, id=f"i{n}") for n, cost in enumerate(costs)]
    file.write_text("\n".join((",".join(COLUMNS), *rows, "")))
    return file, profile


def run(client: Ground, *arguments: str) -> str:
    told = CliRunner().invoke(
        app, list(arguments), env=client.database.environment, catch_exceptions=False
    )
    return f"{told.exit_code} {told.stdout}{told.stderr}"


def test_the_cost_of_a_replayed_row_is_kept_apart_and_never_shown(
    database: Database, tmp_path: Path
) -> None:
    client = ground(database)
    file, profile = bill(tmp_path, "1000.5", "77x77")
    given = ("ingest", str(file), "--client", client.slug, "--profile", str(profile))
    assert run(client, *given).startswith("1 ")
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.meter (code, name, unit, aggregation, allows_credits) "
                "VALUES ('cloud-resold', 'Cloud', 'EUR', 'sum', true)"
            )
        )
    assert run(client, "rejected", "replay", "--code", "meter").startswith("0 ")
    ((number,),) = client.rows(
        "SELECT rejected_record_id FROM billing.rejected_record WHERE state = 'open'"
    )
    assert run(client, "rejected", "repair", str(number), "--set", "BilledCost=77").startswith("0 ")
    assert client.rows(
        "SELECT quantity::float, cost::float, currency, provider, service "
        "FROM billing.usage_event JOIN billing.vendor_cost USING (client_id, event_id) "
        "WHERE client_id = :client ORDER BY cost"
    ) == [(86.24, 77.0, "EUR", "Vendor", "Storage"), (1120.56, 1000.5, "EUR", "Vendor", "Storage")]
    assert what_a_client_reads(client) == []


def what_a_client_reads(client: Ground) -> list[str]:
    """The costs that stand in anything that a client's session can read."""
    database = client.database
    session = database.session(database.person("it@harbour.example", "it", client.client_id))
    readable = text(
        "SELECT c.oid::regclass::text AS name, string_agg(quote_ident(attname), ', ') AS columns "
        "FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 "
        "WHERE relnamespace = 'billing'::regnamespace AND relkind = 'r' "
        "AND has_column_privilege('meterglass_client', c.oid, attnum, 'SELECT') GROUP BY c.oid"
    )
    with database.as_owner() as connection:
        tables = connection.execute(readable).all()
    assert len(tables) > 15
    with database.as_viewer(session, client.client_id) as connection:
        seen = [
            str(row)
            for table in tables
            for row in connection.execute(text(f"SELECT {table.columns} FROM {table.name}"))
        ]
    for statement in ("SELECT * FROM billing.vendor_cost", "SELECT * FROM billing.rejected_record"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            database.as_viewer(session, client.client_id) as connection,
        ):
            connection.execute(text(statement))
    return [row for row in seen if "1000.5" in row or "77x77" in row or "'77'" in row]
