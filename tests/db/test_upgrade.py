"""A database of the first schema, with rows in every table, is brought along."""

from pathlib import Path

from sqlalchemy import text

from db.migrate import current_version, upgrade
from db.models import Base
from db.policy_tables import ISSUED_TABLES
from db.queries.stored_setup import stored_setup
from intake.setup import COLUMNS, files_of, read_setup
from tests.db.test_migrations import PROTECTION, catalogue
from tests.support.database import Database, DatabaseServer
from tests.support.older import make_older
from tests.support.setup_files import applied
from tests.support.tenants import make_tenants

VERSIONS = Path(__file__).parents[2] / "db" / "migrations" / "versions"


def rows_of(database: Database) -> dict[str, int]:
    """How many rows each table of the first schema has."""
    with database.administrator.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'r' "
                "AND relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace)"
            )
        ).scalars()
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in tables
        }


def test_an_upgraded_database_keeps_its_rows_and_equals_a_fresh_one(
    database: Database, server: DatabaseServer
) -> None:
    make_older(database, "0001")
    make_tenants(database)
    before = rows_of(database)
    upgrade(database.owner_url)
    after = rows_of(database)
    assert {name: after[name] for name in before} == before
    assert current_version(database.portal) == "0008"
    fresh = server.copy()
    try:
        with (
            fresh.administrator.connect() as made,
            database.administrator.connect() as upgraded,
        ):
            assert catalogue(upgraded) == catalogue(made)
            assert set(upgraded.execute(PROTECTION).scalars()) == set(
                made.execute(PROTECTION).scalars()
            )
    finally:
        server.drop(fresh)


def test_refused_records_of_the_first_schema_learn_their_source_and_resolution(
    database: Database,
) -> None:
    make_older(database, "0001")
    tenants = make_tenants(database)
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.rejected_record SET state = 'dismissed' WHERE client_id = :id"),
            {"id": tenants.small},
        )
    upgrade(database.owner_url)
    with database.as_owner() as connection:
        rows = connection.execute(
            text(
                "SELECT r.client_id, r.state, s.code, r.resolution, r.resolved_at IS NULL "
                "FROM billing.rejected_record r JOIN billing.source s USING (client_id, source_id) "
                "WHERE client_id IN (:small, :middle) ORDER BY 1, 3"
            ),
            {"small": tenants.small, "middle": tenants.middle},
        ).all()
    assert [tuple(row) for row in rows] == [
        (tenants.small, "dismissed", "collector-1", "dismissed before reasons were kept", False),
        (tenants.middle, "open", "collector-1", None, True),
        (tenants.middle, "open", "collector-2", None, True),
    ]


def test_each_migration_carries_its_own_statements() -> None:
    """What `db.functions` or the models become later must not change what an old one did."""
    for migration in VERSIONS.glob("[0-9]*.py"):
        source = migration.read_text(encoding="utf-8")
        assert "from db" not in source, migration.name
        assert "import db" not in source, migration.name


def test_the_first_schema_has_fewer_tables_than_this_one(database: Database) -> None:
    make_older(database, "0001")
    missing = {*Base.metadata.tables} - {*rows_of(database)}
    assert missing == {
        "billing.month_state",
        "billing.month_version",
        "billing.unassigned_record",
        "billing.vendor_cost",
        *ISSUED_TABLES,
        "billing.invoice_counter",
        "billing.invoice_question",
        "billing.question_message",
        "billing.legal_invoice",
        "billing.period_approval",
        "billing.tax_rate",
        "billing.signing_key",
    }


SET_UP_BEFORE_INVOICES = """
INSERT INTO billing.issuer (issuer_id, name, legal_name, country)
VALUES (1, 'Fairlead', 'Fairlead B.V.', 'NL');
INSERT INTO billing.client (slug, name, zone, locale, country)
VALUES ('harbour', 'Harbour & Lane LLP', 'Europe/Amsterdam', 'en_NL', 'NL');
INSERT INTO billing.agreement (client_id, code, currency, starts_on)
SELECT client_id, 'HARB-2026', 'EUR', '2026-01-01' FROM billing.client;
INSERT INTO billing.price
    (client_id, agreement_id, code, name, charge_model, starts_on, fee, reference, discount_rate)
SELECT client_id, agreement_id, price, name, model, day::date, fee, reference, discount
FROM billing.agreement, (VALUES
    ('base', 'Platform', 'flat', '2026-01-01', 4200, '', 0.1),
    ('credit', 'Credit', 'one_off', '2026-02-03', -50, 'CHG-0441', 0)
) AS given (price, name, model, day, fee, reference, discount);
"""
#: The folder of this setup, as it was written before invoices, with the new columns left empty.
BROUGHT_ALONG = {
    "issuer.csv": ["Fairlead,Fairlead B.V.,NL,,,,,"],
    "clients.csv": ["harbour,Harbour & Lane LLP,Europe/Amsterdam,en_NL,NL,,,,,"],
    "agreements.csv": ["harbour,HARB-2026,EUR,2026-01-01,,,,,,,,,"],
    "prices.csv": [
        "harbour,HARB-2026,base,Platform,flat,,2026-01-01,,4200,,,,,,,,,,0.1,,,,,,,,,,,",
        "harbour,HARB-2026,credit,Credit,one_off,,2026-02-03,,-50,,,,,,,,,,,,,,,,,,,CHG-0441,,",
    ],
}


def test_what_was_set_up_before_invoices_is_exported_and_applied_again(database: Database) -> None:
    make_older(database, "0005")
    with database.as_owner() as connection:
        connection.exec_driver_sql(SET_UP_BEFORE_INVOICES)
    upgrade(database.owner_url)
    files = {
        file: "\n".join([",".join(columns), *BROUGHT_ALONG.get(file, []), ""]).encode()
        for file, columns in COLUMNS.items()
    }
    with database.as_owner() as connection:
        stored = stored_setup(connection)
    assert stored is not None
    assert files_of(stored) == files
    assert applied(database, read_setup(files)) == []
    taxed = read_setup(
        {
            **files,
            "taxes.csv": files["taxes.csv"] + b"NL-VAT,VAT 21 %,standard,0.21,2012-10-01,,\n",
            "agreements.csv": files["agreements.csv"].replace(b",,\n", b",,NL-VAT\n"),
        }
    )
    assert applied(database, taxed) == [
        "added: tax rate NL-VAT 2012-10-01",
        "changed: agreement harbour HARB-2026 (tax_code: – → NL-VAT)",
    ]
