"""Who may read and write which rows: functions, row-level security, grants, triggers.

Everything here is SQL that the migrations run as the owner. The order matters: tables, then
`FUNCTIONS`, then the sign-in functions, then `protection()`.
"""

from collections.abc import Iterator
from typing import Final

from db.roles import CLIENT, MSP, OWNER, PORTAL, WRITER

PINNED: Final = "SET search_path = pg_catalog, pg_temp"

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
    "billing.ingest_run",
    "billing.rejected_record",
)
"""Tables whose rows belong to one client and that the portal shows to it."""

HIDDEN_CLIENT_TABLES: Final[tuple[str, ...]] = ("billing.api_key_client", "auth.person_client")
"""Tables whose rows belong to one client and that no screen reads."""

SHARED_TABLES: Final[tuple[str, ...]] = ("billing.issuer", "billing.meter")
"""Tables without a client, readable by every role."""

OWNER_TABLES: Final[tuple[str, ...]] = (
    "billing.api_key",
    "billing.audit_log",
    "auth.person",
    "auth.sign_in_attempt",
    "auth.ticket",
    "auth.session",
)
"""Tables that are reached only through the owner's functions, and the journal."""

APPEND_ONLY: Final[tuple[str, ...]] = (
    "billing.usage_event",
    "billing.crossing",
    "billing.audit_log",
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
    "billing.ingest_run": "SELECT, INSERT, UPDATE",
    "billing.rejected_record": "SELECT, INSERT, UPDATE (state)",
    "billing.audit_log": "INSERT",
}
"""What the writer may do, by table; with FOR SHARE on a billing period as the reason for UPDATE (state) there."""

CURRENT_CLIENT: Final = f"""
CREATE FUNCTION billing.current_client_id() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER {PINNED} AS $function$
    SELECT chosen.client_id
    FROM (SELECT CASE WHEN current_setting('meterglass.client', true) ~ '^[0-9]{{1,9}}$'
                      THEN current_setting('meterglass.client', true)::integer END AS client_id,
                 CASE WHEN current_setting('meterglass.session', true) ~ '^[0-9a-f]{{64}}$'
                      THEN decode(current_setting('meterglass.session', true), 'hex') END AS session_hash) chosen
    JOIN auth.session s ON s.session_hash = chosen.session_hash
    JOIN auth.person p ON p.person_id = s.person_id
    WHERE s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at
      AND p.disabled_at IS NULL
      AND (p.role IN ('billing', 'administrator')
           OR EXISTS (SELECT FROM auth.person_client c
                      WHERE c.person_id = p.person_id AND c.client_id = chosen.client_id))
$function$
"""

WRITER_CLIENTS: Final = f"""
CREATE FUNCTION billing.writer_client_ids() RETURNS integer[]
LANGUAGE sql STABLE {PINNED} AS $function$
    SELECT CASE WHEN current_setting('meterglass.clients', true) ~ '^[0-9]{{1,9}}(,[0-9]{{1,9}})*$'
                THEN string_to_array(current_setting('meterglass.clients', true), ',')::integer[] END
$function$
"""

CLIENT_IDS: Final = f"""
CREATE FUNCTION billing.client_ids(given_slugs text[]) RETURNS TABLE (slug text, client_id integer)
LANGUAGE sql STABLE SECURITY DEFINER {PINNED} AS $function$
    SELECT c.slug, c.client_id FROM billing.client c WHERE c.slug = ANY (given_slugs) ORDER BY c.client_id
$function$
"""

API_KEY_SCOPE: Final = f"""
CREATE FUNCTION billing.api_key_scope(given_hash bytea)
RETURNS TABLE (api_key_id integer, prefix text, source_code text, client_id integer, slug text)
LANGUAGE sql STABLE SECURITY DEFINER {PINNED} AS $function$
    SELECT k.api_key_id, k.prefix, k.source_code, c.client_id, c.slug
    FROM billing.api_key k JOIN billing.api_key_client m USING (api_key_id) JOIN billing.client c USING (client_id)
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
    ORDER BY c.client_id
$function$
"""

TOUCH_API_KEY: Final = f"""
CREATE FUNCTION billing.touch_api_key(given_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER {PINNED} AS $function$
    UPDATE billing.api_key k SET last_used_at = now()
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
$function$
"""

RAISE_VERSION: Final = f"""
CREATE FUNCTION billing.raise_client_version(given_client integer) RETURNS bigint
LANGUAGE sql VOLATILE {PINNED} AS $function$
    INSERT INTO billing.client_version AS v (client_id, version, changed_at)
    VALUES (given_client, 1, clock_timestamp())
    ON CONFLICT (client_id) DO UPDATE SET version = v.version + 1, changed_at = clock_timestamp()
    RETURNING v.version
$function$
"""

REFUSE_CHANGE: Final = f"""
CREATE FUNCTION billing.refuse_change() RETURNS trigger
LANGUAGE plpgsql {PINNED} AS $function$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

KEEP_METER: Final = f"""
CREATE FUNCTION billing.keep_meter() RETURNS trigger
LANGUAGE plpgsql {PINNED} AS $function$
BEGIN
    RAISE EXCEPTION 'meter %: code, unit and aggregation never change; make a new meter', OLD.code
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

KEEP_PERIOD: Final = f"""
CREATE FUNCTION billing.keep_period() RETURNS trigger
LANGUAGE plpgsql {PINNED} AS $function$
BEGIN
    RAISE EXCEPTION 'billing period %: an issued period never changes', OLD.billing_period
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

CHECK_CLIENTS: Final = f"""
CREATE FUNCTION auth.check_clients_of_person() RETURNS trigger
LANGUAGE plpgsql {PINNED} AS $function$
DECLARE
    subject auth.person;
    granted bigint;
BEGIN
    SELECT * INTO subject FROM auth.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    SELECT count(*) INTO granted FROM auth.person_client c WHERE c.person_id = NEW.person_id;
    IF subject.role IN ('finance', 'it') AND granted > 1
       OR subject.role IN ('billing', 'administrator') AND granted > 0 THEN
        RAISE EXCEPTION '% (%) may not be tied to % clients', subject.email, subject.role, granted
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$
"""

FUNCTIONS: Final[tuple[str, ...]] = (
    CURRENT_CLIENT,
    WRITER_CLIENTS,
    CLIENT_IDS,
    API_KEY_SCOPE,
    TOUCH_API_KEY,
    RAISE_VERSION,
    REFUSE_CHANGE,
    KEEP_METER,
    KEEP_PERIOD,
    CHECK_CLIENTS,
)

EXECUTES: Final[tuple[tuple[str, str], ...]] = (
    ("billing.current_client_id()", f"{CLIENT}, {MSP}"),
    ("billing.writer_client_ids()", WRITER),
    ("billing.client_ids(text[])", WRITER),
    ("billing.api_key_scope(bytea)", WRITER),
    ("billing.touch_api_key(bytea)", WRITER),
    ("billing.raise_client_version(integer)", WRITER),
)
"""Functions and who may call them; nobody else may call any."""

TRIGGERS: Final[tuple[str, ...]] = (
    """CREATE TRIGGER meter_keeps_meaning BEFORE UPDATE ON billing.meter FOR EACH ROW
    WHEN ((OLD.code, OLD.unit, OLD.aggregation) IS DISTINCT FROM (NEW.code, NEW.unit, NEW.aggregation))
    EXECUTE FUNCTION billing.keep_meter()""",
    """CREATE TRIGGER billing_period_stays_issued BEFORE UPDATE OR DELETE ON billing.billing_period FOR EACH ROW
    WHEN (OLD.state = 'issued') EXECUTE FUNCTION billing.keep_period()""",
    """CREATE CONSTRAINT TRIGGER person_client_fits_role AFTER INSERT OR UPDATE ON auth.person_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person()""",
    """CREATE CONSTRAINT TRIGGER person_role_fits_clients AFTER UPDATE OF role ON auth.person
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person()""",
)


def protection() -> Iterator[str]:
    """Statements that shut every table and function, then open what each role needs."""
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA billing, auth FROM PUBLIC"
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA billing, auth FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA billing TO {WRITER}, {PORTAL}, {CLIENT}, {MSP}"
    yield f"GRANT USAGE ON SCHEMA auth TO {PORTAL}"
    for table in (*CLIENT_TABLES, *HIDDEN_CLIENT_TABLES, *SHARED_TABLES, *OWNER_TABLES):
        yield from _closed(table)
    for table in CLIENT_TABLES:
        yield from _shown_to_its_client(table)
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
    yield f"CREATE POLICY {policy_name(table, 'owner')} ON {table} TO {OWNER} USING (true) WITH CHECK (true)"


def _shown_to_its_client(table: str) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {CLIENT}, {MSP}"
    yield (
        f"CREATE POLICY {policy_name(table, 'screens')} ON {table} FOR SELECT TO {CLIENT}, {MSP} "
        "USING (client_id = billing.current_client_id())"
    )


def _shown_to_all(table: str) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {WRITER}, {CLIENT}, {MSP}"
    yield f"CREATE POLICY {policy_name(table, 'shared')} ON {table} FOR SELECT TO {WRITER}, {CLIENT}, {MSP} USING (true)"


def _written(table: str, rights: str) -> Iterator[str]:
    declared = "client_id = ANY (billing.writer_client_ids())"
    if table == "billing.audit_log":
        declared = f"client_id IS NULL OR {declared}"
    yield f"GRANT {rights} ON {table} TO {WRITER}"
    yield f"CREATE POLICY {policy_name(table, 'writer')} ON {table} TO {WRITER} USING ({declared}) WITH CHECK ({declared})"


def _append_only(table: str) -> Iterator[str]:
    name = policy_name(table, "append_only")
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
