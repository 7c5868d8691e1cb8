"""Who may read and write which rows: row-level security, grants, triggers.

`protection()` gives the statements that protect the schema as it stands after all migrations, which
carry them as SQL; a test holds the two equal. A subquery looks the client up once in a statement.
"""

from collections.abc import Iterator
from typing import Final

from db.roles import CLIENT, MSP, OWNER, PORTAL, WRITER

CLIENT_TABLES: Final[tuple[str, ...]] = (
    "billing.client",
    "billing.source",
    "billing.resource",
    "billing.agreement",
    "billing.price",
    "billing.price_tier",
    "billing.agreement_quantity",
    "billing.billing_period",
    "billing.usage_event",
    "billing.usage_hour",
    "billing.usage_distinct",
    "billing.usage_total",
    "billing.crossing",
    "billing.client_version",
    "billing.month_version",
    "billing.ingest_run",
    "billing.rejected_record",
)
"""Tables whose rows belong to one client and that the portal shows to it."""

CLIENT_MAY: Final[dict[str, str]] = {
    "billing.rejected_record": (
        "SELECT (client_id, rejected_record_id, ingest_run_id, line, code, reason, event_id, "
        "recorded_at, state, source_id, source_code, profile, resolved_at)"
    ),
}
"""What a client's people may, where it is less than every column: a refused record as it came, and
what was mended in it, may hold what the MSP pays."""

MSP_TABLES: Final[tuple[str, ...]] = ("billing.vendor_cost",)
"""Tables whose rows belong to one client and that only the MSP's people see."""

HIDDEN_CLIENT_TABLES: Final[tuple[str, ...]] = ("billing.api_key_client", "auth.person_client")
"""Tables whose rows belong to one client and that no screen reads."""

SHARED_TABLES: Final[tuple[str, ...]] = ("billing.issuer", "billing.meter")
"""Tables without a client, readable by every role."""

WRITER_TABLES: Final[tuple[str, ...]] = ("billing.unassigned_record",)
"""Tables without a client that intake keeps and no screen reads."""

OWNER_TABLES: Final[tuple[str, ...]] = (
    "billing.api_key",
    "billing.audit_log",
    "auth.person",
    "auth.sign_in_attempt",
    "auth.ticket",
    "auth.session",
)
"""Tables that are reached only through the owner's functions, and the journal."""

EVERY_TABLE: Final[tuple[str, ...]] = (
    *CLIENT_TABLES,
    *MSP_TABLES,
    *HIDDEN_CLIENT_TABLES,
    *SHARED_TABLES,
    *WRITER_TABLES,
    *OWNER_TABLES,
)

APPEND_ONLY: Final[tuple[str, ...]] = (
    "billing.usage_event",
    "billing.crossing",
    "billing.audit_log",
    "billing.vendor_cost",
)

WRITER_MAY: Final[dict[str, str]] = {
    "billing.client": "SELECT",
    "billing.source": "SELECT",
    "billing.resource": "SELECT, INSERT",
    "billing.agreement": "SELECT",
    "billing.price": "SELECT",
    "billing.price_tier": "SELECT",
    "billing.agreement_quantity": "SELECT",
    "billing.billing_period": "SELECT, INSERT, UPDATE (state)",
    "billing.usage_event": "SELECT, INSERT",
    "billing.usage_hour": "SELECT, INSERT, UPDATE, DELETE",
    "billing.usage_distinct": "SELECT, INSERT, UPDATE, DELETE",
    "billing.usage_total": "SELECT, INSERT, UPDATE",
    "billing.crossing": "SELECT, INSERT",
    "billing.client_version": "SELECT, INSERT, UPDATE",
    "billing.month_version": "SELECT, INSERT, UPDATE",
    "billing.ingest_run": "SELECT, INSERT, UPDATE",
    "billing.rejected_record": (
        "SELECT, INSERT, UPDATE (code, reason, event_id, stored_leaf_hash, offered_leaf_hash, "
        "state, resolved_at, resolution)"
    ),
    "billing.unassigned_record": "SELECT, INSERT, UPDATE (state, resolved_at, resolution)",
    "billing.vendor_cost": "SELECT, INSERT",
    "billing.audit_log": "INSERT",
}
"""What the writer may do, by table. UPDATE of a period's state is what FOR SHARE on it asks for."""

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
