"""The functions of schema `billing`: who the transaction works for, and what triggers refuse.

They stand here as they are after all migrations, which carry them as SQL; a test holds the two
equal. Those with SECURITY DEFINER read tables that their callers cannot; each pins its search path.
"""

from typing import Final

from db.reference_checks import CHECK_HOURS, CHECK_REFERENCES, KEEP_HOUR, KEEP_RESOURCE

CURRENT_CLIENT: Final = """
CREATE FUNCTION billing.current_client_id() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT chosen.client_id
    FROM (SELECT CASE WHEN given.client ~ '^[0-9]{1,9}$'
                      THEN given.client::integer END AS client_id,
                 CASE WHEN given.session ~ '^[0-9a-f]{64}$'
                      THEN decode(given.session, 'hex') END AS session_hash
          FROM (SELECT current_setting('meterglass.client', true) AS client,
                       current_setting('meterglass.session', true) AS session) given) chosen
    JOIN auth.session s ON s.session_hash = chosen.session_hash
    JOIN auth.person p ON p.person_id = s.person_id
    WHERE s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at
      AND p.disabled_at IS NULL
      AND (p.role IN ('billing', 'administrator')
           OR EXISTS (SELECT FROM auth.person_client c JOIN billing.client k USING (client_id)
                      WHERE c.person_id = p.person_id AND c.client_id = chosen.client_id
                        AND (k.disabled_at IS NULL OR p.role = 'account_manager')))
$function$
"""

MSP_CLIENT: Final = """
CREATE FUNCTION billing.msp_client_id() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT billing.current_client_id()
    FROM (SELECT CASE WHEN given.session ~ '^[0-9a-f]{64}$'
                      THEN decode(given.session, 'hex') END AS session_hash
          FROM (SELECT current_setting('meterglass.session', true) AS session) given) chosen
    JOIN auth.session s ON s.session_hash = chosen.session_hash
    JOIN auth.person p ON p.person_id = s.person_id
    WHERE p.role IN ('account_manager', 'billing', 'administrator')
$function$
"""

WRITER_CLIENTS: Final = """
CREATE FUNCTION billing.writer_client_ids() RETURNS integer[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT string_to_array(nullif(current_setting('meterglass.clients', true), ''), ',')::integer[]
$function$
"""

CLIENT_IDS: Final = """
CREATE FUNCTION billing.client_ids(given_slugs text[])
RETURNS TABLE (slug text, client_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.slug, c.client_id FROM billing.client c
    WHERE c.slug = ANY (given_slugs) ORDER BY c.client_id
$function$
"""

KNOWN_CLIENTS: Final = """
CREATE FUNCTION billing.known_clients() RETURNS TABLE (slug text, client_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.slug, c.client_id FROM billing.client c ORDER BY c.client_id
$function$
"""

API_KEY_SCOPE: Final = """
CREATE FUNCTION billing.api_key_scope(given_hash bytea)
RETURNS TABLE (api_key_id integer, prefix text, source_code text, client_id integer, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT k.api_key_id, k.prefix, k.source_code, c.client_id, c.slug
    FROM billing.api_key k
    JOIN billing.api_key_client m USING (api_key_id) JOIN billing.client c USING (client_id)
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
    ORDER BY c.client_id
$function$
"""

TOUCH_API_KEY: Final = """
CREATE FUNCTION billing.touch_api_key(given_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    UPDATE billing.api_key k SET last_used_at = now()
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
$function$
"""

RAISE_VERSION: Final = """
CREATE FUNCTION billing.raise_client_version(given_client integer) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT billing.raise_client_version(given_client, date '0001-01-01')
$function$
"""

#: A month stored or closed in this transaction may change what every month shows.
RAISE_VERSION_FROM: Final = """
CREATE FUNCTION billing.raise_client_version(given_client integer, given_month date)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    earliest date := given_month;
    raised bigint;
BEGIN
    INSERT INTO billing.client_version AS v (client_id, version, changed_at)
    VALUES (given_client, 1, clock_timestamp())
    ON CONFLICT (client_id) DO UPDATE SET version = v.version + 1, changed_at = clock_timestamp()
    RETURNING v.version INTO raised;
    IF EXISTS (SELECT FROM billing.billing_period p
               WHERE p.client_id = given_client AND p.xmin = pg_current_xact_id()::xid) THEN
        earliest := date '0001-01-01';
    END IF;
    IF earliest IS NOT NULL THEN
        INSERT INTO billing.month_version AS m (client_id, billing_period, version)
        VALUES (given_client, earliest, raised)
        ON CONFLICT (client_id, billing_period) DO UPDATE SET version = excluded.version;
    END IF;
    RETURN raised;
END
$function$
"""

REFUSE_CHANGE: Final = """
CREATE FUNCTION billing.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

KEEP_METER: Final = """
CREATE FUNCTION billing.keep_meter() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'meter %: code, unit and aggregation never change; make a new meter', OLD.code
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

KEEP_PERIOD: Final = """
CREATE FUNCTION billing.keep_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'billing period % is %: it goes forward only, from open to closing to issued',
        OLD.billing_period, OLD.state
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

CHECK_INVOICE: Final = """
CREATE FUNCTION billing.check_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong integer;
BEGIN
    IF NEW.net <> (SELECT coalesce(sum(l.amount), 0) FROM billing.invoice_line l
                   WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'document %: net is not the sum of its lines', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.tax <> (SELECT coalesce(sum(t.tax), 0) FROM billing.invoice_tax t
                   WHERE t.client_id = NEW.client_id AND t.invoice_id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'document %: tax is not the sum of its taxes', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT min(l.line_number) INTO wrong FROM billing.invoice_line l
    WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.invoice_id
      AND l.amount <> (SELECT coalesce(sum(d.amount), 0) FROM billing.detailed_line d
                       WHERE d.client_id = l.client_id AND d.invoice_id = l.invoice_id
                         AND d.line_number = l.line_number);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'document %: line % is not the sum of its detailed lines', NEW.number, wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$
"""

#: The rows of a document are written by the transaction that issues it, or not at all.
KEEP_TO_INVOICE: Final = """
CREATE FUNCTION billing.keep_to_its_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT a.client_id, a.invoice_id FROM added a) o
               JOIN billing.invoice i USING (client_id, invoice_id)
               WHERE i.xmin <> pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION '%.%: a document was issued already, nothing is added to it',
            TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$function$
"""

CHECK_CLIENTS: Final = """
CREATE FUNCTION auth.check_clients_of_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    subject auth.person;
    granted bigint;
BEGIN
    SELECT * INTO subject FROM auth.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    SELECT count(*) INTO granted
    FROM auth.person_client c WHERE c.person_id = NEW.person_id;
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
    MSP_CLIENT,
    WRITER_CLIENTS,
    CLIENT_IDS,
    KNOWN_CLIENTS,
    API_KEY_SCOPE,
    TOUCH_API_KEY,
    RAISE_VERSION_FROM,
    RAISE_VERSION,
    REFUSE_CHANGE,
    CHECK_REFERENCES,
    CHECK_HOURS,
    KEEP_HOUR,
    KEEP_RESOURCE,
    KEEP_METER,
    KEEP_PERIOD,
    CHECK_INVOICE,
    KEEP_TO_INVOICE,
    CHECK_CLIENTS,
)
