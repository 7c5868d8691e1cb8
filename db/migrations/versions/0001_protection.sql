-- Row-level security, grants and triggers of the first schema.

REVOKE ALL ON ALL TABLES IN SCHEMA billing, auth FROM PUBLIC;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA billing, auth FROM PUBLIC;

GRANT USAGE ON SCHEMA billing TO meterglass_writer, meterglass_portal, meterglass_client, meterglass_msp;

GRANT USAGE ON SCHEMA auth TO meterglass_portal;

GRANT SELECT ON billing.schema_version TO meterglass_writer, meterglass_portal;

ALTER TABLE billing.client ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.client FORCE ROW LEVEL SECURITY;

CREATE POLICY client_owner ON billing.client TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.source ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.source FORCE ROW LEVEL SECURITY;

CREATE POLICY source_owner ON billing.source TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.resource ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.resource FORCE ROW LEVEL SECURITY;

CREATE POLICY resource_owner ON billing.resource TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.agreement ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.agreement FORCE ROW LEVEL SECURITY;

CREATE POLICY agreement_owner ON billing.agreement TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.price ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.price FORCE ROW LEVEL SECURITY;

CREATE POLICY price_owner ON billing.price TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.price_tier ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.price_tier FORCE ROW LEVEL SECURITY;

CREATE POLICY price_tier_owner ON billing.price_tier TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.agreement_quantity ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.agreement_quantity FORCE ROW LEVEL SECURITY;

CREATE POLICY agreement_quantity_owner ON billing.agreement_quantity TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.billing_period ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.billing_period FORCE ROW LEVEL SECURITY;

CREATE POLICY billing_period_owner ON billing.billing_period TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.usage_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.usage_event FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_event_owner ON billing.usage_event TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.usage_hour ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.usage_hour FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_hour_owner ON billing.usage_hour TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.usage_distinct ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.usage_distinct FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_distinct_owner ON billing.usage_distinct TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.usage_total ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.usage_total FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_total_owner ON billing.usage_total TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.crossing ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.crossing FORCE ROW LEVEL SECURITY;

CREATE POLICY crossing_owner ON billing.crossing TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.client_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.client_version FORCE ROW LEVEL SECURITY;

CREATE POLICY client_version_owner ON billing.client_version TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.ingest_run ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.ingest_run FORCE ROW LEVEL SECURITY;

CREATE POLICY ingest_run_owner ON billing.ingest_run TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.rejected_record ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.rejected_record FORCE ROW LEVEL SECURITY;

CREATE POLICY rejected_record_owner ON billing.rejected_record TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.api_key_client ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.api_key_client FORCE ROW LEVEL SECURITY;

CREATE POLICY api_key_client_owner ON billing.api_key_client TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE auth.person_client ENABLE ROW LEVEL SECURITY;

ALTER TABLE auth.person_client FORCE ROW LEVEL SECURITY;

CREATE POLICY person_client_owner ON auth.person_client TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.issuer ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.issuer FORCE ROW LEVEL SECURITY;

CREATE POLICY issuer_owner ON billing.issuer TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.meter ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.meter FORCE ROW LEVEL SECURITY;

CREATE POLICY meter_owner ON billing.meter TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.api_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.api_key FORCE ROW LEVEL SECURITY;

CREATE POLICY api_key_owner ON billing.api_key TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE billing.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.audit_log FORCE ROW LEVEL SECURITY;

CREATE POLICY audit_log_owner ON billing.audit_log TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE auth.person ENABLE ROW LEVEL SECURITY;

ALTER TABLE auth.person FORCE ROW LEVEL SECURITY;

CREATE POLICY person_owner ON auth.person TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE auth.sign_in_attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE auth.sign_in_attempt FORCE ROW LEVEL SECURITY;

CREATE POLICY sign_in_attempt_owner ON auth.sign_in_attempt TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE auth.ticket ENABLE ROW LEVEL SECURITY;

ALTER TABLE auth.ticket FORCE ROW LEVEL SECURITY;

CREATE POLICY ticket_owner ON auth.ticket TO meterglass_owner USING (true) WITH CHECK (true);

ALTER TABLE auth.session ENABLE ROW LEVEL SECURITY;

ALTER TABLE auth.session FORCE ROW LEVEL SECURITY;

CREATE POLICY session_owner ON auth.session TO meterglass_owner USING (true) WITH CHECK (true);

GRANT SELECT ON billing.client TO meterglass_client, meterglass_msp;

CREATE POLICY client_screens ON billing.client FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.source TO meterglass_client, meterglass_msp;

CREATE POLICY source_screens ON billing.source FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.resource TO meterglass_client, meterglass_msp;

CREATE POLICY resource_screens ON billing.resource FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.agreement TO meterglass_client, meterglass_msp;

CREATE POLICY agreement_screens ON billing.agreement FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.price TO meterglass_client, meterglass_msp;

CREATE POLICY price_screens ON billing.price FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.price_tier TO meterglass_client, meterglass_msp;

CREATE POLICY price_tier_screens ON billing.price_tier FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.agreement_quantity TO meterglass_client, meterglass_msp;

CREATE POLICY agreement_quantity_screens ON billing.agreement_quantity FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.billing_period TO meterglass_client, meterglass_msp;

CREATE POLICY billing_period_screens ON billing.billing_period FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.usage_event TO meterglass_client, meterglass_msp;

CREATE POLICY usage_event_screens ON billing.usage_event FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.usage_hour TO meterglass_client, meterglass_msp;

CREATE POLICY usage_hour_screens ON billing.usage_hour FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.usage_distinct TO meterglass_client, meterglass_msp;

CREATE POLICY usage_distinct_screens ON billing.usage_distinct FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.usage_total TO meterglass_client, meterglass_msp;

CREATE POLICY usage_total_screens ON billing.usage_total FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.crossing TO meterglass_client, meterglass_msp;

CREATE POLICY crossing_screens ON billing.crossing FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.client_version TO meterglass_client, meterglass_msp;

CREATE POLICY client_version_screens ON billing.client_version FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.ingest_run TO meterglass_client, meterglass_msp;

CREATE POLICY ingest_run_screens ON billing.ingest_run FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.rejected_record TO meterglass_client, meterglass_msp;

CREATE POLICY rejected_record_screens ON billing.rejected_record FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = billing.current_client_id());

GRANT SELECT ON billing.issuer TO meterglass_writer, meterglass_client, meterglass_msp;

CREATE POLICY issuer_shared ON billing.issuer FOR SELECT TO meterglass_writer, meterglass_client, meterglass_msp USING (true);

GRANT SELECT ON billing.meter TO meterglass_writer, meterglass_client, meterglass_msp;

CREATE POLICY meter_shared ON billing.meter FOR SELECT TO meterglass_writer, meterglass_client, meterglass_msp USING (true);

GRANT SELECT ON billing.client TO meterglass_writer;

CREATE POLICY client_writer ON billing.client TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT ON billing.source TO meterglass_writer;

CREATE POLICY source_writer ON billing.source TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT ON billing.resource TO meterglass_writer;

CREATE POLICY resource_writer ON billing.resource TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT ON billing.agreement TO meterglass_writer;

CREATE POLICY agreement_writer ON billing.agreement TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT ON billing.price TO meterglass_writer;

CREATE POLICY price_writer ON billing.price TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT ON billing.price_tier TO meterglass_writer;

CREATE POLICY price_tier_writer ON billing.price_tier TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT ON billing.agreement_quantity TO meterglass_writer;

CREATE POLICY agreement_quantity_writer ON billing.agreement_quantity TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE (state) ON billing.billing_period TO meterglass_writer;

CREATE POLICY billing_period_writer ON billing.billing_period TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT ON billing.usage_event TO meterglass_writer;

CREATE POLICY usage_event_writer ON billing.usage_event TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE, DELETE ON billing.usage_hour TO meterglass_writer;

CREATE POLICY usage_hour_writer ON billing.usage_hour TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE, DELETE ON billing.usage_distinct TO meterglass_writer;

CREATE POLICY usage_distinct_writer ON billing.usage_distinct TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE ON billing.usage_total TO meterglass_writer;

CREATE POLICY usage_total_writer ON billing.usage_total TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT ON billing.crossing TO meterglass_writer;

CREATE POLICY crossing_writer ON billing.crossing TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE ON billing.client_version TO meterglass_writer;

CREATE POLICY client_version_writer ON billing.client_version TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE ON billing.ingest_run TO meterglass_writer;

CREATE POLICY ingest_run_writer ON billing.ingest_run TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT SELECT, INSERT, UPDATE (state) ON billing.rejected_record TO meterglass_writer;

CREATE POLICY rejected_record_writer ON billing.rejected_record TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT INSERT ON billing.audit_log TO meterglass_writer;

CREATE POLICY audit_log_writer ON billing.audit_log TO meterglass_writer USING (client_id IS NULL OR client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id IS NULL OR client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

GRANT EXECUTE ON FUNCTION billing.current_client_id() TO meterglass_client, meterglass_msp;

GRANT EXECUTE ON FUNCTION billing.writer_client_ids() TO meterglass_writer;

GRANT EXECUTE ON FUNCTION billing.client_ids(text[]) TO meterglass_writer;

GRANT EXECUTE ON FUNCTION billing.api_key_scope(bytea) TO meterglass_writer;

GRANT EXECUTE ON FUNCTION billing.touch_api_key(bytea) TO meterglass_writer;

GRANT EXECUTE ON FUNCTION billing.raise_client_version(integer) TO meterglass_writer;

CREATE TRIGGER usage_event_refers_to_rows AFTER INSERT ON billing.usage_event
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION billing.check_event_references();

ALTER TABLE billing.usage_event ENABLE ALWAYS TRIGGER usage_event_refers_to_rows;

CREATE TRIGGER meter_keeps_meaning BEFORE UPDATE ON billing.meter FOR EACH ROW
WHEN ((OLD.code, OLD.unit, OLD.aggregation)
      IS DISTINCT FROM (NEW.code, NEW.unit, NEW.aggregation))
EXECUTE FUNCTION billing.keep_meter();

CREATE TRIGGER billing_period_stays_issued
BEFORE UPDATE OR DELETE ON billing.billing_period FOR EACH ROW
WHEN (OLD.state = 'issued') EXECUTE FUNCTION billing.keep_period();

CREATE CONSTRAINT TRIGGER person_client_fits_role AFTER INSERT OR UPDATE ON auth.person_client
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person();

CREATE CONSTRAINT TRIGGER person_role_fits_clients AFTER UPDATE OF role ON auth.person
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.check_clients_of_person();

CREATE TRIGGER usage_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.usage_event FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

ALTER TABLE billing.usage_event ENABLE ALWAYS TRIGGER usage_event_append_only;

CREATE TRIGGER crossing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.crossing FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

ALTER TABLE billing.crossing ENABLE ALWAYS TRIGGER crossing_append_only;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.audit_log FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

ALTER TABLE billing.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;
