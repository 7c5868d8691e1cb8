-- The month's end on screen, and limits and notices of signing in.
-- Whoever signs in all the time is refused like who guesses.
CREATE OR REPLACE FUNCTION auth.record_attempt(given_email text, given_address text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    mail text := left(lower(given_email), 254);
    place text := left(given_address, 64);
    opened bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in person ' || mail, 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in address ' || place, 0));
    DELETE FROM auth.sign_in_attempt a WHERE a.at < now() - interval '1 day';
    IF (SELECT count(*) FROM auth.sign_in_attempt a
        WHERE a.email = mail AND NOT a.succeeded AND a.at > now() - interval '15 minutes'
          AND a.attempt_id > coalesce((SELECT max(b.attempt_id) FROM auth.sign_in_attempt b
                                       WHERE b.email = mail AND b.succeeded), 0)
       ) >= 5
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE a.email = mail AND a.succeeded AND a.at > now() - interval '15 minutes'
          ) >= 60
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE a.address = place AND NOT a.succeeded AND a.at > now() - interval '15 minutes'
          ) >= 20
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE NOT a.succeeded AND a.at > now() - interval '15 minutes'
          ) >= 200
          AND NOT EXISTS (SELECT FROM auth.person p JOIN auth.session s USING (person_id)
                          WHERE p.email = mail AND s.address = place
                            AND s.created_at > now() - interval '30 days')
    THEN
        IF NOT EXISTS (SELECT FROM billing.audit_log l
                       WHERE l.action = 'sign_in_throttled' AND l.subject = mail
                         AND l.at > now() - interval '15 minutes') THEN
            PERFORM auth.note_at_most(100, NULL, mail, 'sign_in_throttled', mail,
                                      place, NULL);
        END IF;
        RETURN NULL;
    END IF;
    INSERT INTO auth.sign_in_attempt (email, address, at, succeeded)
    VALUES (mail, place, now(), false) RETURNING attempt_id INTO opened;
    RETURN opened;
END
$function$;

-- One's own last sign-ins.
CREATE FUNCTION auth.own_sign_ins(given_session bytea)
RETURNS TABLE (at timestamptz, action text, address text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT l.at, l.action::text, l.address::text
    FROM auth.person p JOIN billing.audit_log l ON l.subject = p.email
    WHERE p.person_id = auth.live_person(given_session)
      AND l.action IN ('sign_in', 'sign_in_refused', 'sign_in_throttled', 'ticket_refused')
    ORDER BY l.at DESC, l.audit_id DESC LIMIT 10
$function$;
REVOKE ALL ON FUNCTION auth.own_sign_ins(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.own_sign_ins(bytea) TO meterglass_portal;

-- How far each client's month is at its end.
CREATE TABLE billing.month_state (
    client_id INTEGER NOT NULL,
    billing_period DATE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    grace_until TIMESTAMP WITH TIME ZONE NOT NULL,
    period_state TEXT NOT NULL,
    is_shadow BOOLEAN NOT NULL,
    currency TEXT NOT NULL,
    net NUMERIC(30, 12),
    gross NUMERIC(30, 12),
    booked_net NUMERIC(30, 12),
    booked_gross NUMERIC(30, 12),
    adjusted_net NUMERIC(30, 12),
    former_net NUMERIC(30, 12),
    number TEXT,
    is_legal BOOLEAN,
    legal_numbers TEXT,
    legal_net NUMERIC(30, 12),
    legal_gross NUMERIC(30, 12),
    matters JSONB DEFAULT '{}' NOT NULL,
    fault TEXT,
    records_version BIGINT NOT NULL,
    month_version BIGINT NOT NULL,
    looked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changes BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT pk_month_state PRIMARY KEY (client_id, billing_period),
    CONSTRAINT fk_month_state_client_id_billing_period FOREIGN KEY(client_id, billing_period) REFERENCES billing.billing_period (client_id, billing_period),
    CONSTRAINT ck_month_state_billing_period_first_of_month CHECK (extract(day FROM billing_period) = 1),
    CONSTRAINT ck_month_state_period_state_known CHECK (period_state IN ('open', 'closing', 'issued')),
    CONSTRAINT ck_month_state_grace_after_end CHECK (ends_at <= grace_until),
    CONSTRAINT ck_month_state_currency_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_month_state_matters_object CHECK (jsonb_typeof(matters) = 'object'),
    CONSTRAINT ck_month_state_totals_whole CHECK (num_nulls(net, gross, booked_net, booked_gross) IN (0, 4)),
    CONSTRAINT ck_month_state_number_whole CHECK ((number IS NULL) = (is_legal IS NULL)),
    CONSTRAINT ck_month_state_legal_net_whole CHECK ((legal_numbers IS NULL) = (legal_net IS NULL)),
    CONSTRAINT ck_month_state_legal_gross_whole CHECK ((legal_numbers IS NULL) = (legal_gross IS NULL)),
    CONSTRAINT ck_month_state_net_finite CHECK (net > '-Infinity' AND net < 'Infinity'),
    CONSTRAINT ck_month_state_gross_finite CHECK (gross > '-Infinity' AND gross < 'Infinity'),
    CONSTRAINT ck_month_state_booked_net_finite CHECK (booked_net > '-Infinity' AND booked_net < 'Infinity'),
    CONSTRAINT ck_month_state_booked_gross_finite CHECK (booked_gross > '-Infinity' AND booked_gross < 'Infinity'),
    CONSTRAINT ck_month_state_adjusted_net_finite CHECK (adjusted_net > '-Infinity' AND adjusted_net < 'Infinity'),
    CONSTRAINT ck_month_state_former_net_finite CHECK (former_net > '-Infinity' AND former_net < 'Infinity'),
    CONSTRAINT ck_month_state_legal_net_finite CHECK (legal_net > '-Infinity' AND legal_net < 'Infinity'),
    CONSTRAINT ck_month_state_legal_gross_finite CHECK (legal_gross > '-Infinity' AND legal_gross < 'Infinity')
);
CREATE INDEX month_state_of_month ON billing.month_state (billing_period);
COMMENT ON TABLE billing.month_state IS 'How far a client''s month is at its end: totals, and how much of what is still to be mended. Kept by the worker and by closing; one client opened is computed anew.';
COMMENT ON COLUMN billing.month_state.client_id IS 'The client.';
COMMENT ON COLUMN billing.month_state.billing_period IS 'The month, by its first day.';
COMMENT ON COLUMN billing.month_state.ends_at IS 'End of the month, exclusive.';
COMMENT ON COLUMN billing.month_state.grace_until IS 'Until when its records still arrive, exclusive.';
COMMENT ON COLUMN billing.month_state.period_state IS 'open, closing or issued.';
COMMENT ON COLUMN billing.month_state.is_shadow IS 'Whether it is before the first month billed here: compared, never issued.';
COMMENT ON COLUMN billing.month_state.currency IS 'Currency, ISO 4217.';
COMMENT ON COLUMN billing.month_state.net IS 'Total before tax: the document''s, else the draft''s; null while there is none.';
COMMENT ON COLUMN billing.month_state.gross IS 'The same with tax.';
COMMENT ON COLUMN billing.month_state.booked_net IS 'Before tax, all its documents together, credit notes too; else the draft''s.';
COMMENT ON COLUMN billing.month_state.booked_gross IS 'The same with tax.';
COMMENT ON COLUMN billing.month_state.adjusted_net IS 'Part of net that corrects earlier months; null: none of it.';
COMMENT ON COLUMN billing.month_state.former_net IS 'Total before tax that the month before was issued with; null if it was not, or in another currency.';
COMMENT ON COLUMN billing.month_state.number IS 'Number of its document; null until it is issued.';
COMMENT ON COLUMN billing.month_state.is_legal IS 'Whether that is the legal document; null without one.';
COMMENT ON COLUMN billing.month_state.legal_numbers IS 'Numbers in another system, separated by commas; null while none is taken back.';
COMMENT ON COLUMN billing.month_state.legal_net IS 'Total before tax of those, in the month''s currency.';
COMMENT ON COLUMN billing.month_state.legal_gross IS 'The same with tax.';
COMMENT ON COLUMN billing.month_state.matters IS 'What is not ready, by kind, with how many of each.';
COMMENT ON COLUMN billing.month_state.fault IS 'Why no draft can be made, as a sentence; null while one can.';
COMMENT ON COLUMN billing.month_state.records_version IS 'The client''s version when readiness was looked up.';
COMMENT ON COLUMN billing.month_state.month_version IS 'The version with which something of the month had last changed when drafted.';
COMMENT ON COLUMN billing.month_state.looked_at IS 'When this was looked up.';
COMMENT ON COLUMN billing.month_state.changes IS 'How often this changed; open pages watch it.';
REVOKE ALL ON billing.month_state FROM PUBLIC;
ALTER TABLE billing.month_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.month_state FORCE ROW LEVEL SECURITY;
CREATE POLICY month_state_owner ON billing.month_state TO meterglass_owner USING (true) WITH CHECK (true);
GRANT SELECT ON billing.month_state TO meterglass_msp;
GRANT SELECT, INSERT, UPDATE ON billing.month_state TO meterglass_writer;
CREATE POLICY month_state_writer ON billing.month_state TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));

-- What the MSP's people see of all their clients at once.
CREATE FUNCTION billing.visible_client_ids() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN p.role = 'account_manager'
                THEN ARRAY(SELECT t.client_id FROM auth.person_client t
                           WHERE t.person_id = p.person_id ORDER BY t.client_id)
                ELSE ARRAY(SELECT c.client_id FROM billing.client c ORDER BY c.client_id) END
    FROM (SELECT CASE WHEN given.session ~ '^[0-9a-f]{64}$'
                      THEN decode(given.session, 'hex') END AS session_hash
          FROM (SELECT current_setting('meterglass.session', true) AS session) given) chosen
    JOIN auth.person p ON p.person_id = auth.live_person(chosen.session_hash)
    WHERE p.role IN ('account_manager', 'billing', 'administrator')
$function$;
CREATE FUNCTION billing.month_changes(given_session bytea) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT (SELECT coalesce(sum(m.changes), 0)::bigint FROM billing.month_state m)
    FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session)
      AND p.role IN ('billing', 'administrator')
$function$;
CREATE FUNCTION billing.let_month_go_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF TG_TABLE_NAME = 'billing_period' THEN
        UPDATE billing.month_state m SET period_state = NEW.state, changes = m.changes + 1
        WHERE m.client_id = NEW.client_id AND m.billing_period = NEW.billing_period;
        UPDATE billing.month_state m
        SET number = i.number, is_legal = i.is_legal, currency = i.currency, net = i.net,
            gross = i.gross, booked_net = i.net, booked_gross = i.gross, matters = '{}',
            fault = NULL, adjusted_net = (
                SELECT sum(l.amount) FROM billing.invoice_line l
                WHERE l.client_id = i.client_id AND l.invoice_id = i.invoice_id
                  AND l.adjusts_period IS NOT NULL)
        FROM billing.invoice i
        WHERE NEW.state = 'issued' AND m.client_id = NEW.client_id
          AND m.billing_period = NEW.billing_period AND i.client_id = NEW.client_id
          AND i.billing_period = NEW.billing_period AND i.corrects_invoice_id IS NULL;
    ELSE
        UPDATE billing.month_state m SET changes = m.changes + 1
        WHERE m.client_id = coalesce(NEW.client_id, OLD.client_id)
          AND m.billing_period = coalesce(NEW.billing_period, OLD.billing_period);
    END IF;
    RETURN NULL;
END
$function$;
CREATE FUNCTION billing.refused_decision(
    given_person auth.person, given_client integer, given_month date
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    month billing.billing_period;
BEGIN
    IF given_person.person_id IS NULL THEN RETURN 'signed_out'; END IF;
    IF given_person.role <> 'billing' THEN RETURN 'not_allowed'; END IF;
    SELECT * INTO month FROM billing.billing_period p
    WHERE p.client_id = given_client AND p.billing_period = given_month FOR SHARE;
    RETURN CASE
        WHEN NOT FOUND THEN 'not_found'
        WHEN month.state <> 'open' THEN month.state
        WHEN month.ends_at > now() THEN 'running'
        WHEN given_month < (SELECT c.invoices_from FROM billing.client c
                            WHERE c.client_id = given_client) THEN 'shadow' END;
END
$function$;
CREATE FUNCTION billing.month_decided(
    given_person auth.person, given_client integer, given_month date, given_deed text,
    given_reason text, given_address text
) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    INSERT INTO billing.audit_log (actor, action, subject, client_id, address, detail)
    VALUES (given_person.email, given_deed, to_char(given_month, 'YYYY-MM'), given_client,
            nullif(left(given_address, 64), ''),
            jsonb_strip_nulls(jsonb_build_object('reason', given_reason)));
    PERFORM billing.raise_client_version(given_client, NULL);
END
$function$;
CREATE FUNCTION billing.approve_period(
    given_session bytea, given_client integer, given_month date, given_reason text,
    given_address text
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    reason text := btrim(given_reason);
    refusal text := billing.refused_decision(who, given_client, given_month);
BEGIN
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
    IF reason ~ '[[:cntrl:]]' OR length(reason) NOT BETWEEN 10 AND 500
    THEN RETURN 'reason'; END IF;
    INSERT INTO billing.period_approval AS a
        (client_id, billing_period, approved_by, override_reason)
    VALUES (given_client, given_month, who.email, reason)
    ON CONFLICT (client_id, billing_period) DO UPDATE
    SET approved_at = now(), approved_by = excluded.approved_by,
        override_reason = coalesce(excluded.override_reason, a.override_reason),
        failed_at = NULL, fault = NULL
    WHERE a.fault IS NOT NULL OR (a.override_reason IS NULL AND reason IS NOT NULL)
    RETURNING a.override_reason INTO reason;
    IF NOT FOUND THEN RETURN 'approved'; END IF;
    PERFORM billing.month_decided(
        who, given_client, given_month,
        CASE WHEN reason IS NULL THEN 'period_approved' ELSE 'period_overridden' END,
        reason, given_address);
    RETURN NULL;
END
$function$;
CREATE FUNCTION billing.withdraw_approval(
    given_session bytea, given_client integer, given_month date, given_address text
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    refusal text := billing.refused_decision(who, given_client, given_month);
BEGIN
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
    DELETE FROM billing.period_approval a
    WHERE a.client_id = given_client AND a.billing_period = given_month;
    IF NOT FOUND THEN RETURN 'not_approved'; END IF;
    PERFORM billing.month_decided(
        who, given_client, given_month, 'approval_withdrawn', NULL, given_address);
    RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION billing.approve_period(bytea, integer, date, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.withdraw_approval(bytea, integer, date, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.month_changes(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.visible_client_ids() FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.refused_decision(auth.person, integer, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.month_decided(auth.person, integer, date, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.let_month_go_on() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.approve_period(bytea, integer, date, text, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.withdraw_approval(bytea, integer, date, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.month_changes(bytea) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.visible_client_ids() TO meterglass_msp;
GRANT EXECUTE ON FUNCTION billing.month_changes(bytea) TO meterglass_msp;
CREATE POLICY month_state_portfolio ON billing.month_state FOR SELECT TO meterglass_msp USING (client_id IN (SELECT unnest(billing.visible_client_ids())));
DROP POLICY period_approval_msp ON billing.period_approval;
CREATE POLICY period_approval_portfolio ON billing.period_approval FOR SELECT TO meterglass_msp USING (client_id IN (SELECT unnest(billing.visible_client_ids())));
CREATE INDEX period_approval_of_month ON billing.period_approval (billing_period);
ALTER TABLE billing.period_approval ADD CONSTRAINT ck_period_approval_override_reason_said CHECK (override_reason !~ '[[:cntrl:]]' AND length(override_reason) BETWEEN 10 AND 500);
CREATE TRIGGER billing_period_goes_on AFTER UPDATE OF state ON billing.billing_period
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION billing.let_month_go_on();
CREATE TRIGGER period_approval_goes_on AFTER INSERT OR UPDATE OR DELETE
    ON billing.period_approval FOR EACH ROW EXECUTE FUNCTION billing.let_month_go_on();

-- Pages that show all clients hear that some month went on.
CREATE OR REPLACE FUNCTION auth.watched(given_sessions bytea[], given_clients integer[])
RETURNS TABLE (place integer, version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT w.place::integer,
           CASE WHEN w.client_id IS NOT NULL THEN coalesce(v.version, 0)
                WHEN EXISTS (SELECT FROM auth.person p WHERE p.person_id = viewer
                             AND p.role IN ('billing', 'administrator'))
                THEN (SELECT coalesce(sum(m.changes), 0) FROM billing.month_state m)
                ELSE 0 END::bigint
    FROM unnest(given_sessions, given_clients)
         WITH ORDINALITY AS w (session_hash, client_id, place)
    CROSS JOIN LATERAL auth.live_person(w.session_hash) AS viewer
    LEFT JOIN billing.client_version v ON v.client_id = w.client_id
    WHERE viewer IS NOT NULL AND (w.client_id IS NULL OR auth.may_see(viewer, w.client_id))
$function$;
