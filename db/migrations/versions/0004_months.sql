-- What changed in which month, so that the others need not be read again.
CREATE TABLE billing.month_version (
    client_id INTEGER NOT NULL,
    billing_period DATE NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_month_version PRIMARY KEY (client_id, billing_period),
    CONSTRAINT fk_month_version_client_id FOREIGN KEY(client_id) REFERENCES billing.client (client_id),
    CONSTRAINT ck_month_version_billing_period_first_of_month CHECK (extract(day FROM billing_period) = 1)
)
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE billing.month_version IS 'The client''s version as it was last raised for changes from a month on. A month shows what it did while no month up to it has a new one.';
COMMENT ON COLUMN billing.month_version.client_id IS 'The client.';
COMMENT ON COLUMN billing.month_version.billing_period IS 'The earliest month of the change, by its first day; 0001-01-01: every month.';
COMMENT ON COLUMN billing.month_version.version IS 'The client''s version with that change.';

REVOKE ALL ON billing.month_version FROM PUBLIC;
ALTER TABLE billing.month_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.month_version FORCE ROW LEVEL SECURITY;
CREATE POLICY month_version_owner ON billing.month_version TO meterglass_owner USING (true) WITH CHECK (true);
GRANT SELECT ON billing.month_version TO meterglass_client, meterglass_msp;
CREATE POLICY month_version_screens ON billing.month_version FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT, INSERT, UPDATE ON billing.month_version TO meterglass_writer;
CREATE POLICY month_version_writer ON billing.month_version TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

-- A month stored or closed in this transaction may change what every month shows.
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
$function$;
REVOKE ALL ON FUNCTION billing.raise_client_version(integer, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.raise_client_version(integer, date) TO meterglass_writer;
CREATE OR REPLACE FUNCTION billing.raise_client_version(given_client integer) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT billing.raise_client_version(given_client, date '0001-01-01')
$function$;

-- The versions with the session, in one question.
DROP FUNCTION auth.session_viewer(bytea, text);
CREATE FUNCTION auth.session_viewer(given_session bytea, given_slug text)
RETURNS TABLE (person_id integer, email text, name text, role text, must_change_password boolean,
               person_is_demo boolean, client_id integer, slug text, client_name text, zone text,
               locale text, client_is_demo boolean, records_version bigint, month_versions jsonb,
               issuer text, touch_is_due boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.role::text,
           p.must_change_password, p.is_demo,
           c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text,
           c.is_demo, (SELECT coalesce(max(v.version), 0)::bigint FROM billing.client_version v
                       WHERE v.client_id = c.client_id),
           (SELECT jsonb_object_agg(to_char(m.billing_period, 'YYYY-MM'), m.version)
            FROM billing.month_version m WHERE m.client_id = c.client_id),
           (SELECT min(i.name)::text FROM billing.issuer i), s.last_seen_at <= now() - interval '60 seconds'
    FROM auth.session s JOIN auth.person p USING (person_id)
    LEFT JOIN LATERAL (
        SELECT k.* FROM billing.client k
        WHERE (given_slug IS NULL OR k.slug = given_slug)
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client m
                          WHERE m.person_id = p.person_id AND m.client_id = k.client_id))
        ORDER BY k.name, k.client_id LIMIT 1) c ON true
    WHERE s.session_hash = given_session AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL
$function$;
REVOKE ALL ON FUNCTION auth.session_viewer(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.session_viewer(bytea, text) TO meterglass_portal;

-- The chosen client is looked up once in a statement, not for each row of a nested loop.
ALTER POLICY client_screens ON billing.client USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY source_screens ON billing.source USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY resource_screens ON billing.resource USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY agreement_screens ON billing.agreement USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY price_screens ON billing.price USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY price_tier_screens ON billing.price_tier USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY agreement_quantity_screens ON billing.agreement_quantity USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY billing_period_screens ON billing.billing_period USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY usage_event_screens ON billing.usage_event USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY usage_hour_screens ON billing.usage_hour USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY usage_distinct_screens ON billing.usage_distinct USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY usage_total_screens ON billing.usage_total USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY crossing_screens ON billing.crossing USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY client_version_screens ON billing.client_version USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY ingest_run_screens ON billing.ingest_run USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY rejected_record_screens ON billing.rejected_record USING (client_id = (SELECT billing.current_client_id()));
ALTER POLICY rejected_record_msp ON billing.rejected_record USING (client_id = (SELECT billing.msp_client_id()));
ALTER POLICY vendor_cost_msp ON billing.vendor_cost USING (client_id = (SELECT billing.msp_client_id()));
