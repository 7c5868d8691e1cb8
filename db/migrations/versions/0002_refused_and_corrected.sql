-- What was refused, corrected and resold: columns, tables, triggers, grants.

-- A correction may arrive before what it corrects.
CREATE OR REPLACE FUNCTION billing.check_event_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM billing.meter m WHERE m.meter_id = a.meter_id)
            THEN format('meter %s', a.meter_id)
        WHEN NOT EXISTS (SELECT FROM billing.resource r
                         WHERE r.client_id = a.client_id AND r.resource_id = a.resource_id)
            THEN format('resource %s of client %s', a.resource_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.source s
                         WHERE s.client_id = a.client_id AND s.source_id = a.source_id)
            THEN format('source %s of client %s', a.source_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.billing_period p
                         WHERE p.client_id = a.client_id AND p.billing_period = a.billing_period)
            THEN format('billing period %s of client %s', a.billing_period, a.client_id)
        END AS absent
    INTO missing
    FROM (SELECT DISTINCT client_id, meter_id, resource_id, source_id, billing_period
          FROM added) a
    ORDER BY absent NULLS LAST LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a usage event refers to % which does not exist', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT format('event %s of client %s', a.supersedes_event_id, a.client_id) INTO missing
    FROM added a
    WHERE a.supersedes_event_id IS NOT NULL
      AND a.meter_id <> (SELECT e.meter_id FROM billing.usage_event e
                         WHERE e.client_id = a.client_id AND e.event_id = a.supersedes_event_id)
    LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a usage event supersedes % which is of another meter', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$function$;
ALTER TABLE billing.usage_event ADD CONSTRAINT ck_usage_event_supersedes_another CHECK (supersedes_event_id <> event_id);
COMMENT ON COLUMN billing.usage_event.supersedes_event_id IS 'The wrong event that this one replaces; it may arrive later than its correction.';

-- Hours of usage: one check per statement in place of three foreign keys per row.
ALTER TABLE billing.usage_hour DROP CONSTRAINT fk_usage_hour_client_id_resource_id,
    DROP CONSTRAINT fk_usage_hour_client_id_billing_period,
    DROP CONSTRAINT fk_usage_hour_meter_id;
CREATE FUNCTION billing.check_hour_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM billing.meter m WHERE m.meter_id = a.meter_id)
            THEN format('meter %s', a.meter_id)
        WHEN NOT EXISTS (SELECT FROM billing.resource r
                         WHERE r.client_id = a.client_id AND r.resource_id = a.resource_id)
            THEN format('resource %s of client %s', a.resource_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.billing_period p
                         WHERE p.client_id = a.client_id AND p.billing_period = a.billing_period)
            THEN format('billing period %s of client %s', a.billing_period, a.client_id)
        END AS absent
    INTO missing
    FROM (SELECT DISTINCT client_id, meter_id, resource_id, billing_period FROM added) a
    ORDER BY absent NULLS LAST LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'an hour of usage refers to % which does not exist', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$function$;
CREATE FUNCTION billing.keep_hour() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'an hour of usage keeps its client, meter, month, resource and hour'
        USING ERRCODE = 'restrict_violation';
END
$function$;
CREATE FUNCTION billing.keep_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF EXISTS (SELECT FROM billing.usage_hour h
               WHERE h.client_id = OLD.client_id AND h.resource_id = OLD.resource_id) THEN
        RAISE EXCEPTION 'resource % of client % has usage and stays', OLD.code, OLD.client_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION billing.check_hour_references(), billing.keep_hour(), billing.keep_resource() FROM PUBLIC;
CREATE TRIGGER usage_hour_refers_to_rows AFTER INSERT ON billing.usage_hour
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION billing.check_hour_references();
ALTER TABLE billing.usage_hour ENABLE ALWAYS TRIGGER usage_hour_refers_to_rows;
CREATE TRIGGER usage_hour_keeps_key
BEFORE UPDATE OF client_id, meter_id, billing_period, resource_id, hour ON billing.usage_hour
FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_hour();
ALTER TABLE billing.usage_hour ENABLE ALWAYS TRIGGER usage_hour_keeps_key;
CREATE TRIGGER resource_with_usage_stays
BEFORE DELETE OR UPDATE OF client_id, resource_id ON billing.resource
FOR EACH ROW EXECUTE FUNCTION billing.keep_resource();
ALTER TABLE billing.resource ENABLE ALWAYS TRIGGER resource_with_usage_stays;
COMMENT ON TABLE billing.usage_hour IS 'Effective events of a resource in an hour, folded as they are recorded. A trigger checks that what they refer to exists.';

-- Refused records: their source, also of posts; what became of them; what a client may read.
ALTER TABLE billing.rejected_record ADD COLUMN source_id INTEGER,
    ADD COLUMN source_code TEXT,
    ADD COLUMN profile TEXT,
    ADD COLUMN resolved_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN resolution TEXT;
UPDATE billing.rejected_record r SET source_id = i.source_id FROM billing.ingest_run i
WHERE i.client_id = r.client_id AND i.ingest_run_id = r.ingest_run_id;
UPDATE billing.rejected_record SET resolved_at = now(), resolution = state || ' before reasons were kept'
WHERE state <> 'open';
ALTER TABLE billing.rejected_record ADD CONSTRAINT fk_rejected_record_client_id_source_id
    FOREIGN KEY (client_id, source_id) REFERENCES billing.source (client_id, source_id),
    ADD CONSTRAINT ck_rejected_record_resolved_whole CHECK ((state = 'open') = (resolved_at IS NULL)
        AND (state = 'open') = (resolution IS NULL));
CREATE INDEX rejected_record_same ON billing.rejected_record (client_id, md5(record)) WHERE state = 'open';
COMMENT ON COLUMN billing.rejected_record.ingest_run_id IS 'The run it came in; null for posts.';
COMMENT ON COLUMN billing.rejected_record.source_id IS 'Who measured; null if the client has no such source.';
COMMENT ON COLUMN billing.rejected_record.source_code IS 'Code of the source, of a record without a run; null where source_id says it.';
COMMENT ON COLUMN billing.rejected_record.profile IS 'The mapping from the file''s columns; null for posts and where the run says it.';
COMMENT ON COLUMN billing.rejected_record.resolved_at IS 'When it was replayed or dismissed; null while open.';
COMMENT ON COLUMN billing.rejected_record.resolution IS 'What was changed, or why it was dismissed; null while open.';
CREATE FUNCTION billing.msp_client_id() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT billing.current_client_id()
    FROM (SELECT CASE WHEN given.session ~ '^[0-9a-f]{64}$'
                      THEN decode(given.session, 'hex') END AS session_hash
          FROM (SELECT current_setting('meterglass.session', true) AS session) given) chosen
    JOIN auth.session s ON s.session_hash = chosen.session_hash
    JOIN auth.person p ON p.person_id = s.person_id
    WHERE p.role IN ('account_manager', 'billing', 'administrator')
$function$;
REVOKE ALL ON FUNCTION billing.msp_client_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.msp_client_id() TO meterglass_msp;
REVOKE ALL ON billing.rejected_record FROM meterglass_client, meterglass_msp, meterglass_writer;
DROP POLICY rejected_record_screens ON billing.rejected_record;
GRANT SELECT (client_id, rejected_record_id, ingest_run_id, line, code, reason, event_id, recorded_at, state, source_id, source_code, profile, resolved_at) ON billing.rejected_record TO meterglass_client;
CREATE POLICY rejected_record_screens ON billing.rejected_record FOR SELECT TO meterglass_client USING (client_id = billing.current_client_id());
GRANT SELECT ON billing.rejected_record TO meterglass_msp;
CREATE POLICY rejected_record_msp ON billing.rejected_record FOR SELECT TO meterglass_msp USING (client_id = billing.msp_client_id());
GRANT SELECT, INSERT, UPDATE (code, reason, event_id, stored_leaf_hash, offered_leaf_hash, state, resolved_at, resolution) ON billing.rejected_record TO meterglass_writer;

-- Which clients there are, for files of many clients, and records of those that nobody set up.
CREATE FUNCTION billing.known_clients() RETURNS TABLE (slug text, client_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.slug, c.client_id FROM billing.client c ORDER BY c.client_id
$function$;
REVOKE ALL ON FUNCTION billing.known_clients() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.known_clients() TO meterglass_writer;
CREATE TABLE billing.unassigned_record (
    unassigned_record_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    named_client TEXT NOT NULL,
    source_code TEXT NOT NULL,
    origin TEXT NOT NULL,
    profile TEXT,
    line BIGINT,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolution TEXT,
    CONSTRAINT pk_unassigned_record PRIMARY KEY (unassigned_record_id),
    CONSTRAINT ck_unassigned_record_state_known CHECK (state IN ('open', 'replayed', 'dismissed')),
    CONSTRAINT ck_unassigned_record_resolved_whole CHECK ((state = 'open') = (resolved_at IS NULL) AND (state = 'open') = (resolution IS NULL)),
    CONSTRAINT ck_unassigned_record_code_plain CHECK (code !~ '[[:cntrl:]]' AND length(code) BETWEEN 1 AND 64 AND code = btrim(code))
);
CREATE INDEX unassigned_record_open ON billing.unassigned_record (named_client, recorded_at) WHERE state = 'open';
CREATE INDEX unassigned_record_same ON billing.unassigned_record (named_client, md5(record)) WHERE state = 'open';
COMMENT ON TABLE billing.unassigned_record IS 'Records that name a client nobody set up, kept as they came. They belong to no client, so no screen shows them.';
COMMENT ON COLUMN billing.unassigned_record.unassigned_record_id IS 'The unassigned record.';
COMMENT ON COLUMN billing.unassigned_record.recorded_at IS 'When it arrived.';
COMMENT ON COLUMN billing.unassigned_record.named_client IS 'The client as the record names it.';
COMMENT ON COLUMN billing.unassigned_record.source_code IS 'Code of the source that sent it.';
COMMENT ON COLUMN billing.unassigned_record.origin IS 'Name of the file, without its folder; or post.';
COMMENT ON COLUMN billing.unassigned_record.profile IS 'The mapping from the file''s columns; null for posts.';
COMMENT ON COLUMN billing.unassigned_record.line IS 'Line in the file or the post, from 1.';
COMMENT ON COLUMN billing.unassigned_record.code IS 'Kind of fault.';
COMMENT ON COLUMN billing.unassigned_record.reason IS 'What is wrong and what to do, as a sentence.';
COMMENT ON COLUMN billing.unassigned_record.record IS 'The record as it came.';
COMMENT ON COLUMN billing.unassigned_record.state IS 'open, replayed or dismissed.';
COMMENT ON COLUMN billing.unassigned_record.resolved_at IS 'When it was replayed or dismissed; null while open.';
COMMENT ON COLUMN billing.unassigned_record.resolution IS 'For which client it was recorded, or why it was dismissed; null while open.';
REVOKE ALL ON billing.unassigned_record FROM PUBLIC;
ALTER TABLE billing.unassigned_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.unassigned_record FORCE ROW LEVEL SECURITY;
CREATE POLICY unassigned_record_owner ON billing.unassigned_record TO meterglass_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (state, resolved_at, resolution) ON billing.unassigned_record TO meterglass_writer;
CREATE POLICY unassigned_record_writer ON billing.unassigned_record TO meterglass_writer USING (true) WITH CHECK (true);

-- What the MSP pays for what it resells closed-book.
CREATE TABLE billing.vendor_cost (
    client_id INTEGER NOT NULL,
    event_id UUID NOT NULL,
    cost NUMERIC(33, 15) NOT NULL,
    currency TEXT NOT NULL,
    provider TEXT,
    service TEXT,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_vendor_cost PRIMARY KEY (client_id, event_id),
    CONSTRAINT fk_vendor_cost_client_id_event_id FOREIGN KEY(client_id, event_id) REFERENCES billing.usage_event (client_id, event_id),
    CONSTRAINT ck_vendor_cost_currency_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_vendor_cost_provider_plain CHECK (provider !~ '[[:cntrl:]]' AND length(provider) BETWEEN 1 AND 200 AND provider = btrim(provider)),
    CONSTRAINT ck_vendor_cost_service_plain CHECK (service !~ '[[:cntrl:]]' AND length(service) BETWEEN 1 AND 200 AND service = btrim(service)),
    CONSTRAINT ck_vendor_cost_cost_finite CHECK (cost > '-Infinity' AND cost < 'Infinity')
);
COMMENT ON TABLE billing.vendor_cost IS 'What the MSP pays for a resold event, append-only. Only the MSP''s people read it, never the client.';
COMMENT ON COLUMN billing.vendor_cost.client_id IS 'The client.';
COMMENT ON COLUMN billing.vendor_cost.event_id IS 'The event that it is for.';
COMMENT ON COLUMN billing.vendor_cost.cost IS 'What the vendor charges, in its currency.';
COMMENT ON COLUMN billing.vendor_cost.currency IS 'Currency, ISO 4217.';
COMMENT ON COLUMN billing.vendor_cost.provider IS 'Who provides the service.';
COMMENT ON COLUMN billing.vendor_cost.service IS 'The service, as the provider names it.';
COMMENT ON COLUMN billing.vendor_cost.recorded_at IS 'When it arrived.';
REVOKE ALL ON billing.vendor_cost FROM PUBLIC;
ALTER TABLE billing.vendor_cost ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.vendor_cost FORCE ROW LEVEL SECURITY;
CREATE POLICY vendor_cost_owner ON billing.vendor_cost TO meterglass_owner USING (true) WITH CHECK (true);
GRANT SELECT ON billing.vendor_cost TO meterglass_msp;
CREATE POLICY vendor_cost_msp ON billing.vendor_cost FOR SELECT TO meterglass_msp USING (client_id = billing.msp_client_id());
GRANT SELECT, INSERT ON billing.vendor_cost TO meterglass_writer;
CREATE POLICY vendor_cost_writer ON billing.vendor_cost TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
CREATE TRIGGER vendor_cost_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.vendor_cost FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.vendor_cost ENABLE ALWAYS TRIGGER vendor_cost_append_only;
