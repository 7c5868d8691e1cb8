-- Sessions for an administrator, clients whose people are shut out, and the audit log on screen.
ALTER TABLE billing.client ADD COLUMN disabled_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN billing.client.disabled_at IS 'When its own people were shut out of the portal; null while not.';

CREATE INDEX sign_in_attempt_failed ON auth.sign_in_attempt (at) WHERE NOT succeeded;
CREATE INDEX session_ended ON auth.session (expires_at);
DROP INDEX billing.audit_log_of_action;
CREATE INDEX audit_log_of_action ON billing.audit_log (action, at, audit_id);
CREATE INDEX audit_log_of_actor ON billing.audit_log (actor, at, audit_id);
CREATE INDEX audit_log_of_subject ON billing.audit_log (subject, at, audit_id);
CREATE INDEX audit_log_in_time ON billing.audit_log (at, audit_id);

-- A disabled client's own people are out, wherever a session is looked at.
CREATE OR REPLACE FUNCTION billing.current_client_id() RETURNS integer
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
$function$;
CREATE OR REPLACE FUNCTION auth.live_person(given_session bytea) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT s.person_id::integer
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.session_hash = given_session AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
$function$;
CREATE OR REPLACE FUNCTION auth.may_see(given_person integer, given_client integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT EXISTS (
        SELECT FROM auth.person p
        WHERE p.person_id = given_person AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client c
                          WHERE c.person_id = p.person_id AND c.client_id = given_client)))
$function$;
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
           (SELECT min(i.name)::text FROM billing.issuer i),
           s.last_seen_at <= now() - interval '60 seconds'
    FROM auth.session s JOIN auth.person p USING (person_id)
    LEFT JOIN LATERAL (
        SELECT k.* FROM billing.client k
        WHERE (given_slug IS NULL OR k.slug = given_slug)
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client m
                          WHERE m.person_id = p.person_id AND m.client_id = k.client_id))
        ORDER BY k.name, k.client_id LIMIT 1) c ON true
    WHERE s.session_hash = given_session AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
$function$;
CREATE OR REPLACE FUNCTION auth.touch_session(given_session bytea, given_idle interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN RETURN false; END IF;
    UPDATE auth.session s
    SET last_seen_at = now(), idle_expires_at = least(now() + given_idle, s.expires_at)
    FROM auth.person p
    WHERE s.session_hash = given_session AND p.person_id = s.person_id AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
      AND s.last_seen_at <= now() - interval '60 seconds';
    RETURN FOUND;
END
$function$;
CREATE OR REPLACE FUNCTION auth.sessions_of(given_session bytea)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = auth.live_person(given_session) AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
    ORDER BY s.created_at DESC
$function$;
CREATE OR REPLACE FUNCTION auth.end_other_sessions(given_session bytea) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    ended integer;
    mail text;
BEGIN
    SELECT p.email INTO mail FROM auth.person p WHERE p.person_id = auth.live_person(given_session);
    UPDATE auth.session s SET revoked_at = now()
    WHERE s.person_id = auth.live_person(given_session)
      AND s.session_hash <> given_session AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now();
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF ended > 0 THEN
        PERFORM auth.note(mail, 'other_sessions_ended', mail, NULL,
                          jsonb_build_object('ended', ended));
    END IF;
    RETURN ended;
END
$function$;
CREATE OR REPLACE FUNCTION auth.end_sessions_of(given_session bytea, given_person integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    ended integer;
    actor text;
    mail text;
BEGIN
    IF NOT auth.is_administrator(given_session) THEN RETURN NULL; END IF;
    SELECT p.email INTO actor FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session);
    SELECT p.email INTO mail FROM auth.person p WHERE p.person_id = given_person;
    UPDATE auth.session s SET revoked_at = now()
    WHERE s.person_id = given_person AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now();
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF ended > 0 THEN
        PERFORM auth.note(actor, 'sessions_ended_by_administrator', mail, NULL,
                          jsonb_build_object('ended', ended));
    END IF;
    RETURN ended;
END
$function$;
CREATE OR REPLACE FUNCTION auth.demo_sign_ins() RETURNS TABLE (email text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.email::text, p.name::text, p.role::text FROM auth.person p
    WHERE p.is_demo AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL)) ORDER BY p.person_id
$function$;

-- The journal: what strangers can cause has a limit; an administrator reads it in pages.
CREATE FUNCTION auth.note_at_most(
    given_most integer, given_key text, given_actor text, given_action text, given_subject text,
    given_address text, given_detail jsonb
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF current_setting('transaction_read_only')::boolean
       OR (SELECT count(*) FROM billing.audit_log l
           WHERE l.action = given_action AND l.at > now() - interval '15 minutes'
             AND (given_key IS NULL OR l.actor = given_key)) >= given_most THEN
        RETURN false;
    END IF;
    PERFORM auth.note(given_actor, given_action, given_subject, given_address, given_detail);
    RETURN true;
END
$function$;
CREATE FUNCTION auth.note_denied(
    given_session bytea, given_what text, given_about text, given_address text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who text := coalesce((SELECT p.email FROM auth.person p
                          WHERE p.person_id = auth.live_person(given_session)), 'nobody');
    most integer := CASE who WHEN 'nobody' THEN 100 ELSE 10 END;
BEGIN
    RETURN auth.note_at_most(
        most, who, who, 'access_denied', left(given_what, 64), left(given_address, 64),
        CASE WHEN given_about <> '' THEN jsonb_build_object('asked', left(given_about, 64)) END);
END
$function$;
CREATE FUNCTION auth.audit_page(
    given_session bytea, given_actions text[], given_who text, given_since timestamptz,
    before_at timestamptz, before_id bigint, given_rows integer
) RETURNS TABLE (audit_id bigint, at timestamptz, actor text, action text, subject text,
                 client text, address text, detail jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF auth.is_administrator(given_session) IS NOT TRUE THEN RETURN; END IF;
    RETURN QUERY EXECUTE
        'SELECT l.audit_id::bigint, l.at, l.actor::text, l.action::text, l.subject::text,
                c.name::text, l.address::text, l.detail
         FROM billing.audit_log l LEFT JOIN billing.client c USING (client_id) WHERE true'
        || CASE WHEN given_actions IS NULL THEN '' ELSE ' AND l.action = ANY ($1)' END
        || CASE WHEN given_who IS NULL THEN '' ELSE ' AND (l.actor = $2 OR l.subject = $2)' END
        || CASE WHEN given_since IS NULL THEN '' ELSE ' AND l.at >= $3' END
        || CASE WHEN before_at IS NULL THEN '' ELSE ' AND (l.at, l.audit_id) < ($4, $5)' END
        || ' ORDER BY l.at DESC, l.audit_id DESC LIMIT $6'
        USING given_actions, given_who, given_since, before_at, before_id, least(given_rows, 200);
END
$function$;

-- Guesses at many people from many places; who ended which session.
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
CREATE OR REPLACE FUNCTION auth.sign_in_lookup(given_email text)
RETURNS TABLE (person_id integer, email text, name text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.password_hash::text
    FROM auth.person p
    WHERE lower(p.email) = lower(given_email) AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
      AND p.password_hash <> ''
      AND (NOT p.must_change_password
           OR p.password_changed_at > now() - interval '7 days')
$function$;
CREATE OR REPLACE FUNCTION auth.make_ticket(
    given_ticket bytea, given_person integer, given_browser bytea, given_attempt bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    DELETE FROM auth.ticket t WHERE t.expires_at < now() - interval '1 hour';
    UPDATE auth.sign_in_attempt a SET succeeded = true
    FROM auth.person p
    WHERE a.attempt_id = given_attempt AND NOT a.succeeded AND a.email = lower(p.email)
      AND p.person_id = given_person AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL));
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO auth.ticket (ticket_hash, person_id, browser_hash, expires_at)
    VALUES (given_ticket, given_person, given_browser,
            now() + interval '30 seconds');
    RETURN true;
END
$function$;
CREATE OR REPLACE FUNCTION auth.redeem_ticket(
    given_ticket bytea, given_browser bytea, given_session bytea, replaced_session bytea,
    given_idle interval, given_life interval, given_address text, given_agent text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    shown auth.ticket;
    mail text;
    former text;
    life interval := least(given_life, interval '168 hours');
BEGIN
    UPDATE auth.ticket t SET used_at = now()
    WHERE t.ticket_hash = given_ticket AND t.used_at IS NULL RETURNING t.* INTO shown;
    SELECT p.email INTO mail FROM auth.person p
    WHERE p.person_id = shown.person_id AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
      AND p.password_changed_at <= shown.expires_at - interval '30 seconds';
    IF mail IS NULL OR shown.expires_at <= now()
       OR shown.browser_hash IS DISTINCT FROM given_browser THEN
        mail := coalesce(mail, 'nobody');
        PERFORM auth.note_at_most(100, mail, mail, 'ticket_refused', mail,
                                  left(given_address, 64), NULL);
        RETURN false;
    END IF;
    UPDATE auth.session s SET revoked_at = now() FROM auth.person p
    WHERE s.session_hash = replaced_session AND p.person_id = s.person_id AND s.revoked_at IS NULL
    RETURNING p.email INTO former;
    IF FOUND THEN
        PERFORM auth.note(mail, 'session_replaced', former, left(given_address, 64), NULL);
    END IF;
    DELETE FROM auth.session s
    WHERE s.expires_at < now() - interval '90 days';
    INSERT INTO auth.session (session_hash, person_id, created_at, last_seen_at,
                              idle_expires_at, expires_at, address, user_agent)
    VALUES (given_session, shown.person_id, now(), now(), now() + least(given_idle, life),
            now() + life, left(given_address, 64), left(given_agent, 200));
    PERFORM auth.note(mail, 'sign_in', mail, left(given_address, 64), '{"by": "password"}');
    RETURN true;
END
$function$;

-- What an administrator sees of people and their sessions.
DROP FUNCTION auth.people(bytea);
CREATE FUNCTION auth.people(given_session bytea)
RETURNS TABLE (person_id integer, name text, email text, role text, clients text[],
               disabled_at timestamptz, must_change_password boolean, is_demo boolean,
               client_is_disabled boolean, live_sessions integer, last_seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.name::text, p.email::text, p.role::text,
           ARRAY(SELECT c.name::text
                 FROM auth.person_client m JOIN billing.client c USING (client_id)
                 WHERE m.person_id = p.person_id ORDER BY c.name),
           p.disabled_at, p.must_change_password, p.is_demo,
           EXISTS (SELECT FROM auth.person_client m JOIN billing.client c USING (client_id)
                   WHERE m.person_id = p.person_id AND p.role IN ('finance', 'it')
                     AND c.disabled_at IS NOT NULL),
           (SELECT count(*)::integer FROM auth.session s
            WHERE s.person_id = p.person_id AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))),
           (SELECT max(s.last_seen_at) FROM auth.session s WHERE s.person_id = p.person_id)
    FROM auth.person p
    WHERE auth.is_administrator(given_session)
    ORDER BY p.name, p.person_id
$function$;
CREATE FUNCTION auth.sessions_of_person(given_session bytea, given_person integer)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = given_person AND auth.is_administrator(given_session) AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))
    ORDER BY s.created_at DESC
$function$;
CREATE FUNCTION auth.end_session_of(
    given_session bytea, given_person integer, given_reference text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    actor text;
    mail text;
BEGIN
    IF auth.is_administrator(given_session) IS NOT TRUE THEN RETURN false; END IF;
    SELECT p.email INTO actor FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session);
    UPDATE auth.session s SET revoked_at = now() FROM auth.person p
    WHERE s.person_id = given_person AND p.person_id = s.person_id
      AND encode(sha256(s.session_hash), 'hex') = given_reference AND s.revoked_at IS NULL
    RETURNING p.email INTO mail;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM auth.note(actor, 'session_ended_by_administrator', mail, NULL, NULL);
    RETURN true;
END
$function$;
REVOKE ALL ON FUNCTION auth.session_viewer(bytea, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.people(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.sessions_of_person(bytea, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.end_session_of(bytea, integer, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.note_denied(bytea, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.audit_page(bytea, text[], text, timestamptz, timestamptz, bigint, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.note_at_most(integer, text, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.session_viewer(bytea, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION auth.people(bytea) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION auth.sessions_of_person(bytea, integer) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION auth.end_session_of(bytea, integer, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION auth.note_denied(bytea, text, text, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION auth.audit_page(bytea, text[], text, timestamptz, timestamptz, bigint, integer) TO meterglass_portal;
