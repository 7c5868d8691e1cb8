-- The functions of the first schema, as the owner made them. What changes later stands in later migrations.

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
           OR EXISTS (SELECT FROM auth.person_client c
                      WHERE c.person_id = p.person_id AND c.client_id = chosen.client_id))
$function$;

CREATE FUNCTION billing.writer_client_ids() RETURNS integer[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT string_to_array(nullif(current_setting('meterglass.clients', true), ''), ',')::integer[]
$function$;

CREATE FUNCTION billing.client_ids(given_slugs text[])
RETURNS TABLE (slug text, client_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.slug, c.client_id FROM billing.client c
    WHERE c.slug = ANY (given_slugs) ORDER BY c.client_id
$function$;

CREATE FUNCTION billing.api_key_scope(given_hash bytea)
RETURNS TABLE (api_key_id integer, prefix text, source_code text, client_id integer, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT k.api_key_id, k.prefix, k.source_code, c.client_id, c.slug
    FROM billing.api_key k
    JOIN billing.api_key_client m USING (api_key_id) JOIN billing.client c USING (client_id)
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
    ORDER BY c.client_id
$function$;

CREATE FUNCTION billing.touch_api_key(given_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    UPDATE billing.api_key k SET last_used_at = now()
    WHERE k.key_hash = given_hash AND k.revoked_at IS NULL
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
$function$;

CREATE FUNCTION billing.raise_client_version(given_client integer) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    INSERT INTO billing.client_version AS v (client_id, version, changed_at)
    VALUES (given_client, 1, clock_timestamp())
    ON CONFLICT (client_id) DO UPDATE SET version = v.version + 1, changed_at = clock_timestamp()
    RETURNING v.version
$function$;

CREATE FUNCTION billing.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE FUNCTION billing.check_event_references() RETURNS trigger
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
    IF missing IS NULL THEN
        SELECT format('event %s of client %s and meter %s',
                      a.supersedes_event_id, a.client_id, a.meter_id)
        INTO missing
        FROM added a
        WHERE a.supersedes_event_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM billing.usage_event e
                          WHERE e.client_id = a.client_id
                            AND e.event_id = a.supersedes_event_id AND e.meter_id = a.meter_id)
        LIMIT 1;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a usage event refers to % which does not exist', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$function$;

CREATE FUNCTION billing.keep_meter() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'meter %: code, unit and aggregation never change; make a new meter', OLD.code
        USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE FUNCTION billing.keep_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'billing period %: an issued period never changes', OLD.billing_period
        USING ERRCODE = 'restrict_violation';
END
$function$;

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
$function$;

CREATE FUNCTION auth.live_person(given_session bytea) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT s.person_id::integer
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.session_hash = given_session AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL
$function$;

CREATE FUNCTION auth.may_see(given_person integer, given_client integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT EXISTS (
        SELECT FROM auth.person p
        WHERE p.person_id = given_person AND p.disabled_at IS NULL
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client c
                          WHERE c.person_id = p.person_id AND c.client_id = given_client)))
$function$;

CREATE FUNCTION auth.note(
    given_actor text, given_action text, given_subject text, given_address text, given_detail jsonb
) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    INSERT INTO billing.audit_log (actor, action, subject, address, detail)
    VALUES (given_actor, given_action, given_subject, nullif(given_address, ''),
            coalesce(given_detail, '{}'::jsonb))
$function$;

CREATE FUNCTION auth.record_attempt(given_email text, given_address text) RETURNS bigint
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
    THEN
        IF NOT EXISTS (SELECT FROM billing.audit_log l
                       WHERE l.action = 'sign_in_throttled' AND l.subject = mail
                         AND l.at > now() - interval '15 minutes') THEN
            PERFORM auth.note(mail, 'sign_in_throttled', mail, place, NULL);
        END IF;
        RETURN NULL;
    END IF;
    INSERT INTO auth.sign_in_attempt (email, address, at, succeeded)
    VALUES (mail, place, now(), false) RETURNING attempt_id INTO opened;
    RETURN opened;
END
$function$;

CREATE FUNCTION auth.refuse_attempt(given_attempt bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT auth.note(a.email, 'sign_in_refused', a.email, a.address, NULL)
    FROM auth.sign_in_attempt a WHERE a.attempt_id = given_attempt AND NOT a.succeeded
$function$;

CREATE FUNCTION auth.sign_in_lookup(given_email text)
RETURNS TABLE (person_id integer, email text, name text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.password_hash::text
    FROM auth.person p
    WHERE lower(p.email) = lower(given_email) AND p.disabled_at IS NULL
      AND p.password_hash <> ''
$function$;

CREATE FUNCTION auth.make_ticket(
    given_ticket bytea, given_person integer, given_browser bytea, given_attempt bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    DELETE FROM auth.ticket t WHERE t.expires_at < now() - interval '1 hour';
    UPDATE auth.sign_in_attempt a SET succeeded = true
    FROM auth.person p
    WHERE a.attempt_id = given_attempt AND NOT a.succeeded AND a.email = lower(p.email)
      AND p.person_id = given_person AND p.disabled_at IS NULL;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO auth.ticket (ticket_hash, person_id, browser_hash, expires_at)
    VALUES (given_ticket, given_person, given_browser,
            now() + interval '30 seconds');
    RETURN true;
END
$function$;

CREATE FUNCTION auth.redeem_ticket(
    given_ticket bytea, given_browser bytea, given_session bytea, replaced_session bytea,
    given_idle interval, given_life interval, given_address text, given_agent text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    shown auth.ticket;
    mail text;
    life interval := least(given_life, interval '168 hours');
BEGIN
    UPDATE auth.ticket t SET used_at = now()
    WHERE t.ticket_hash = given_ticket AND t.used_at IS NULL RETURNING t.* INTO shown;
    SELECT p.email INTO mail FROM auth.person p
    WHERE p.person_id = shown.person_id AND p.disabled_at IS NULL
      AND p.password_changed_at <= shown.expires_at - interval '30 seconds';
    IF mail IS NULL OR shown.expires_at <= now()
       OR shown.browser_hash IS DISTINCT FROM given_browser THEN
        PERFORM auth.note(coalesce(mail, ''), 'ticket_refused', coalesce(mail, ''),
                          given_address, NULL);
        RETURN false;
    END IF;
    UPDATE auth.session s SET revoked_at = now()
    WHERE s.session_hash = replaced_session AND s.revoked_at IS NULL;
    INSERT INTO auth.session (session_hash, person_id, created_at, last_seen_at,
                              idle_expires_at, expires_at, address, user_agent)
    VALUES (given_session, shown.person_id, now(), now(), now() + least(given_idle, life),
            now() + life, left(given_address, 64), left(given_agent, 200));
    PERFORM auth.note(mail, 'sign_in', mail, given_address, NULL);
    RETURN true;
END
$function$;

CREATE FUNCTION auth.session_viewer(given_session bytea, given_slug text)
RETURNS TABLE (person_id integer, email text, name text, role text, must_change_password boolean,
               person_is_demo boolean, client_id integer, slug text, client_name text, zone text,
               locale text, client_is_demo boolean, records_version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.role::text,
           p.must_change_password, p.is_demo,
           c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text,
           c.is_demo, (SELECT coalesce(max(v.version), 0)::bigint FROM billing.client_version v
                       WHERE v.client_id = c.client_id)
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

CREATE FUNCTION auth.session_clients(given_session bytea)
RETURNS TABLE (client_id integer, slug text, name text, zone text, locale text, is_demo boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text, c.is_demo
    FROM billing.client c, auth.live_person(given_session) AS viewer
    WHERE auth.may_see(viewer, c.client_id::integer)
    ORDER BY c.name, c.client_id
$function$;

CREATE FUNCTION auth.touch_session(given_session bytea, given_idle interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    UPDATE auth.session s
    SET last_seen_at = now(), idle_expires_at = least(now() + given_idle, s.expires_at)
    FROM auth.person p
    WHERE s.session_hash = given_session AND p.person_id = s.person_id AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL
      AND s.last_seen_at <= now() - interval '60 seconds';
    RETURN FOUND;
END
$function$;

CREATE FUNCTION auth.end_session(given_session bytea, given_address text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    mail text;
BEGIN
    UPDATE auth.session s SET revoked_at = now() FROM auth.person p
    WHERE s.session_hash = given_session AND p.person_id = s.person_id AND s.revoked_at IS NULL
    RETURNING p.email INTO mail;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM auth.note(mail, 'sign_out', mail, given_address, NULL);
    RETURN true;
END
$function$;

CREATE FUNCTION auth.sessions_of(given_session bytea)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = auth.live_person(given_session) AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL
    ORDER BY s.created_at DESC
$function$;

CREATE FUNCTION auth.end_own_session(given_session bytea, given_reference text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    mail text;
BEGIN
    UPDATE auth.session s SET revoked_at = now() FROM auth.person p
    WHERE s.person_id = auth.live_person(given_session) AND p.person_id = s.person_id
      AND encode(sha256(s.session_hash), 'hex') = given_reference AND s.revoked_at IS NULL
    RETURNING p.email INTO mail;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM auth.note(mail, 'session_ended', mail, NULL, NULL);
    RETURN true;
END
$function$;

CREATE FUNCTION auth.end_other_sessions(given_session bytea) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    ended integer;
    mail text;
BEGIN
    SELECT p.email INTO mail FROM auth.person p WHERE p.person_id = auth.live_person(given_session);
    UPDATE auth.session s SET revoked_at = now()
    WHERE s.person_id = auth.live_person(given_session)
      AND s.session_hash <> given_session AND s.revoked_at IS NULL;
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF mail IS NOT NULL THEN
        PERFORM auth.note(mail, 'other_sessions_ended', mail, NULL,
                          jsonb_build_object('ended', ended));
    END IF;
    RETURN ended;
END
$function$;

CREATE FUNCTION auth.own_password_hash(given_session bytea) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.password_hash::text FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session)
$function$;

CREATE FUNCTION auth.change_password(
    given_session bytea, given_attempt bigint, checked_hash text, new_hash text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    mail text;
BEGIN
    UPDATE auth.person p
    SET password_hash = new_hash, password_changed_at = now(), must_change_password = false
    WHERE p.person_id = auth.live_person(given_session) AND p.password_hash = checked_hash
      AND EXISTS (SELECT FROM auth.sign_in_attempt a
                  WHERE a.attempt_id = given_attempt AND a.email = lower(p.email)
                    AND NOT a.succeeded)
    RETURNING p.email INTO mail;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE auth.session s SET authenticated_at = now() WHERE s.session_hash = given_session;
    UPDATE auth.sign_in_attempt a SET succeeded = true WHERE a.attempt_id = given_attempt;
    PERFORM auth.note(mail, 'password_changed', mail, NULL, NULL);
    PERFORM auth.end_other_sessions(given_session);
    RETURN true;
END
$function$;

CREATE FUNCTION auth.is_administrator(given_session bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT EXISTS (SELECT FROM auth.person p
                   WHERE p.person_id = auth.live_person(given_session)
                     AND p.role = 'administrator')
$function$;

CREATE FUNCTION auth.people(given_session bytea)
RETURNS TABLE (person_id integer, name text, email text, role text, clients text[],
               disabled_at timestamptz, must_change_password boolean, is_demo boolean,
               live_sessions integer, last_seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id::integer, p.name::text, p.email::text, p.role::text,
           ARRAY(SELECT c.name::text
                 FROM auth.person_client m JOIN billing.client c USING (client_id)
                 WHERE m.person_id = p.person_id ORDER BY c.name),
           p.disabled_at, p.must_change_password, p.is_demo,
           (SELECT count(*)::integer FROM auth.session s
            WHERE s.person_id = p.person_id AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL),
           (SELECT max(s.last_seen_at) FROM auth.session s WHERE s.person_id = p.person_id)
    FROM auth.person p
    WHERE auth.is_administrator(given_session)
    ORDER BY p.name, p.person_id
$function$;

CREATE FUNCTION auth.end_sessions_of(given_session bytea, given_person integer) RETURNS integer
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
    WHERE s.person_id = given_person AND s.revoked_at IS NULL;
    GET DIAGNOSTICS ended = ROW_COUNT;
    PERFORM auth.note(actor, 'sessions_ended_by_administrator', mail, NULL,
                      jsonb_build_object('ended', ended));
    RETURN ended;
END
$function$;

CREATE FUNCTION auth.issuer_name() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT min(i.name)::text FROM billing.issuer i
$function$;

CREATE FUNCTION auth.demo_sign_ins() RETURNS TABLE (email text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.email::text, p.name::text, p.role::text FROM auth.person p
    WHERE p.is_demo AND p.disabled_at IS NULL ORDER BY p.person_id
$function$;

REVOKE ALL ON FUNCTION auth.live_person(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.record_attempt(text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.refuse_attempt(bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.sign_in_lookup(text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.make_ticket(bytea, integer, bytea, bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.redeem_ticket(bytea, bytea, bytea, bytea, interval, interval, text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.session_viewer(bytea, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.session_clients(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.touch_session(bytea, interval) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.end_session(bytea, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.sessions_of(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.end_own_session(bytea, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.end_other_sessions(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.own_password_hash(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.change_password(bytea, bigint, text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.people(bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.end_sessions_of(bytea, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.issuer_name() FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.demo_sign_ins() FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.may_see(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.note(text, text, text, text, jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION auth.is_administrator(bytea) FROM PUBLIC;

GRANT USAGE ON SCHEMA auth TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.live_person(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.record_attempt(text, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.refuse_attempt(bigint) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.sign_in_lookup(text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.make_ticket(bytea, integer, bytea, bigint) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.redeem_ticket(bytea, bytea, bytea, bytea, interval, interval, text, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.session_viewer(bytea, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.session_clients(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.touch_session(bytea, interval) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.end_session(bytea, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.sessions_of(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.end_own_session(bytea, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.end_other_sessions(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.own_password_hash(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.change_password(bytea, bigint, text, text) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.people(bytea) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.end_sessions_of(bytea, integer) TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.issuer_name() TO meterglass_portal;

GRANT EXECUTE ON FUNCTION auth.demo_sign_ins() TO meterglass_portal;
