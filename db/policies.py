"""Who may read and write which rows: row-level security, grants, triggers.

`protection()` gives the statements that protect the schema as it stands after all migrations, which
carry them as SQL; a test holds the two equal. A subquery looks the client up once in a statement.
"""

from collections.abc import Iterator
from typing import Final

from db.policy_tables import (
    APPEND_ONLY,
    CLIENT_MAY,
    CLIENT_TABLES,
    EVERY_TABLE,
    ISSUED_TABLES,
    MSP_TABLES,
    PORTFOLIO_TABLES,
    SHARED_TABLES,
    WRITER_MAY,
    WRITER_TABLES,
)
from db.roles import CLIENT, MSP, OWNER, PORTAL, WRITER

EXECUTES: Final[tuple[tuple[str, str], ...]] = (
    ("billing.current_client_id()", f"{CLIENT}, {MSP}"),
    ("billing.msp_client_id()", MSP),
    ("billing.writer_client_ids()", WRITER),
    ("billing.client_ids(text[])", WRITER),
    ("billing.known_clients()", WRITER),
    ("billing.api_key_scope(bytea)", WRITER),
    ("billing.touch_api_key(bytea)", WRITER),
    ("billing.raise_client_version(integer)", WRITER),
    ("billing.raise_client_version(integer, date)", WRITER),
)
"""Functions and who may call them; nobody else may call any."""

TRIGGERS: Final[tuple[str, ...]] = (
    """
    CREATE TRIGGER usage_event_refers_to_rows AFTER INSERT ON billing.usage_event
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.check_event_references()
    """,
    "ALTER TABLE billing.usage_event ENABLE ALWAYS TRIGGER usage_event_refers_to_rows",
    """
    CREATE TRIGGER usage_hour_refers_to_rows AFTER INSERT ON billing.usage_hour
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.check_hour_references()
    """,
    "ALTER TABLE billing.usage_hour ENABLE ALWAYS TRIGGER usage_hour_refers_to_rows",
    """
    CREATE TRIGGER usage_hour_keeps_key
    BEFORE UPDATE OF client_id, meter_id, billing_period, resource_id, hour ON billing.usage_hour
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_hour()
    """,
    "ALTER TABLE billing.usage_hour ENABLE ALWAYS TRIGGER usage_hour_keeps_key",
    """
    CREATE TRIGGER resource_with_usage_stays
    BEFORE DELETE OR UPDATE OF client_id, resource_id ON billing.resource
    FOR EACH ROW EXECUTE FUNCTION billing.keep_resource()
    """,
    "ALTER TABLE billing.resource ENABLE ALWAYS TRIGGER resource_with_usage_stays",
    """
    CREATE TRIGGER meter_keeps_meaning BEFORE UPDATE ON billing.meter FOR EACH ROW
    WHEN ((OLD.code, OLD.unit, OLD.aggregation)
          IS DISTINCT FROM (NEW.code, NEW.unit, NEW.aggregation))
    EXECUTE FUNCTION billing.keep_meter()
    """,
    """
    CREATE TRIGGER billing_period_stays_issued
    BEFORE UPDATE OR DELETE ON billing.billing_period FOR EACH ROW
    WHEN (OLD.state = 'issued') EXECUTE FUNCTION billing.keep_period()
    """,
    """
    CREATE TRIGGER billing_period_goes_forward
    BEFORE UPDATE OF state ON billing.billing_period FOR EACH ROW
    WHEN (OLD.state <> NEW.state
          AND (OLD.state, NEW.state) NOT IN (('open', 'closing'), ('closing', 'issued')))
    EXECUTE FUNCTION billing.keep_period()
    """,
    """
    CREATE TRIGGER billing_period_goes_on AFTER UPDATE OF state ON billing.billing_period
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION billing.let_month_go_on()
    """,
    """
    CREATE TRIGGER period_approval_goes_on AFTER INSERT OR UPDATE OR DELETE
    ON billing.period_approval FOR EACH ROW EXECUTE FUNCTION billing.let_month_go_on()
    """,
    """
    CREATE CONSTRAINT TRIGGER invoice_adds_up AFTER INSERT ON billing.invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.check_invoice()
    """,
    *(
        f"""
    CREATE TRIGGER {table.partition(".")[2]}_comes_with_invoice AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice()
    """
        for table in ISSUED_TABLES[1:]
    ),
    """
    CREATE CONSTRAINT TRIGGER person_client_fits_role AFTER INSERT OR UPDATE ON auth.person_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person()
    """,
    """
    CREATE CONSTRAINT TRIGGER person_role_fits_clients AFTER UPDATE OF role ON auth.person
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person()
    """,
)


def protection() -> Iterator[str]:
    """Statements that shut every table and function, then open what each role needs."""
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA billing, auth FROM PUBLIC"
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA billing, auth FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA billing TO {WRITER}, {PORTAL}, {CLIENT}, {MSP}"
    yield f"GRANT USAGE ON SCHEMA auth TO {PORTAL}"
    yield f"GRANT SELECT ON billing.schema_version TO {WRITER}, {PORTAL}"
    for table in EVERY_TABLE:
        yield from _closed(table)
    for table in CLIENT_TABLES:
        yield from _shown_to_its_client(table)
    for table in (*CLIENT_MAY, *MSP_TABLES):
        yield from _shown_to_the_msp(table)
    for table in PORTFOLIO_TABLES:
        yield from _shown_with_others(table)
    for table in SHARED_TABLES:
        yield from _shown_to_all(table)
    for table, rights in WRITER_MAY.items():
        yield from _written(table, rights)
    for function, roles in EXECUTES:
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {roles}"
    yield from TRIGGERS
    for table in APPEND_ONLY:
        yield from _append_only(table)


def policy_name(table: str, purpose: str) -> str:
    """Name of a policy: `usage_event_screens` for `billing.usage_event` and `screens`."""
    return f"{table.partition('.')[2]}_{purpose}"


def _closed(table: str) -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY {policy_name(table, 'owner')} ON {table} TO {OWNER} "
        "USING (true) WITH CHECK (true)"
    )


def _shown_to_its_client(table: str) -> Iterator[str]:
    rights = CLIENT_MAY.get(table)
    roles = f"{CLIENT}, {MSP}" if rights is None else CLIENT
    yield f"GRANT {rights or 'SELECT'} ON {table} TO {roles}"
    yield (
        f"CREATE POLICY {policy_name(table, 'screens')} ON {table} FOR SELECT TO {roles} "
        "USING (client_id = (SELECT billing.current_client_id()))"
    )


def _shown_to_the_msp(table: str) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {MSP}"
    yield (
        f"CREATE POLICY {policy_name(table, 'msp')} ON {table} FOR SELECT TO {MSP} "
        "USING (client_id = (SELECT billing.msp_client_id()))"
    )


def _shown_with_others(table: str) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {MSP}"
    yield (
        f"CREATE POLICY {policy_name(table, 'portfolio')} ON {table} FOR SELECT TO {MSP} "
        "USING (client_id IN (SELECT unnest(billing.visible_client_ids())))"
    )


def _shown_to_all(table: str) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {WRITER}, {CLIENT}, {MSP}"
    yield (
        f"CREATE POLICY {policy_name(table, 'shared')} ON {table} FOR SELECT "
        f"TO {WRITER}, {CLIENT}, {MSP} USING (true)"
    )


def _written(table: str, rights: str) -> Iterator[str]:
    declared = "client_id = ANY ((SELECT billing.writer_client_ids())::integer[])"
    if table == "billing.audit_log":
        declared = f"client_id IS NULL OR {declared}"
    if table in WRITER_TABLES:
        declared = "true"
    yield f"GRANT {rights} ON {table} TO {WRITER}"
    yield (
        f"CREATE POLICY {policy_name(table, 'writer')} ON {table} TO {WRITER} "
        f"USING ({declared}) WITH CHECK ({declared})"
    )


def _append_only(table: str) -> Iterator[str]:
    name = policy_name(table, "append_only")
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
