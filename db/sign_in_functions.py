"""The only way from the portal to people and sessions: functions of schema `auth`.

The portal's login has no grant on any table of `auth`. These functions run with the
owner's rights, take the SHA-256 of a session's token as their first argument where they
act for a signed-in person, and check that session themselves. They stand here as they are after
all migrations, which carry them as SQL; a test holds the two equal.
"""

from typing import Final

#: Failures of one e-mail address, known or not, after which it is refused within the window.
FAILURES_PER_PERSON: Final = 5
#: The same for one network address, whatever the e-mail address.
FAILURES_PER_ADDRESS: Final = 20
#: The window in which failures count, minutes. The refusal ends with it.
WINDOW_MINUTES: Final = 15
#: Between the checked password and the session's cookie, seconds.
TICKET_SECONDS: Final = 30
#: A person's action moves the idle expiry at most once in this many seconds.
TOUCH_SECONDS: Final = 60
#: No session lasts longer, whatever the portal asks for, hours.
LONGEST_SESSION_HOURS: Final = 168

_WINDOW = f"interval '{WINDOW_MINUTES} minutes'"
_LIVE = """s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL"""
_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

_LIVE_PERSON = f"""
CREATE FUNCTION auth.live_person(given_session bytea) RETURNS integer
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT s.person_id::integer
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.session_hash = given_session AND {_LIVE}
$function$
"""

_MAY_SEE = f"""
CREATE FUNCTION auth.may_see(given_person integer, given_client integer) RETURNS boolean
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT EXISTS (
        SELECT FROM auth.person p
        WHERE p.person_id = given_person AND p.disabled_at IS NULL
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client c
                          WHERE c.person_id = p.person_id AND c.client_id = given_client)))
$function$
"""

_NOTE = f"""
CREATE FUNCTION auth.note(
    given_actor text, given_action text, given_subject text, given_address text, given_detail jsonb
) RETURNS void LANGUAGE sql VOLATILE {_DEFINER} AS $function$
    INSERT INTO billing.audit_log (actor, action, subject, address, detail)
    VALUES (given_actor, given_action, given_subject, nullif(given_address, ''),
            coalesce(given_detail, '{{}}'::jsonb))
$function$
"""

# An attempt is written as a failure before the password is looked at, under a lock on the
# e-mail address and one on the network address: guesses in parallel cannot pass the limit.
_RECORD_ATTEMPT = f"""
CREATE FUNCTION auth.record_attempt(given_email text, given_address text) RETURNS bigint
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
DECLARE
    mail text := left(lower(given_email), 254);
    place text := left(given_address, 64);
    opened bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in person ' || mail, 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in address ' || place, 0));
    DELETE FROM auth.sign_in_attempt a WHERE a.at < now() - interval '1 day';
    IF (SELECT count(*) FROM auth.sign_in_attempt a
        WHERE a.email = mail AND NOT a.succeeded AND a.at > now() - {_WINDOW}
          AND a.attempt_id > coalesce((SELECT max(b.attempt_id) FROM auth.sign_in_attempt b
                                       WHERE b.email = mail AND b.succeeded), 0)
       ) >= {FAILURES_PER_PERSON}
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE a.address = place AND NOT a.succeeded AND a.at > now() - {_WINDOW}
          ) >= {FAILURES_PER_ADDRESS}
    THEN
        IF NOT EXISTS (SELECT FROM billing.audit_log l
                       WHERE l.action = 'sign_in_throttled' AND l.subject = mail
                         AND l.at > now() - {_WINDOW}) THEN
            PERFORM auth.note(mail, 'sign_in_throttled', mail, place, NULL);
        END IF;
        RETURN NULL;
    END IF;
    INSERT INTO auth.sign_in_attempt (email, address, at, succeeded)
    VALUES (mail, place, now(), false) RETURNING attempt_id INTO opened;
    RETURN opened;
END
$function$
"""

_REFUSE_ATTEMPT = f"""
CREATE FUNCTION auth.refuse_attempt(given_attempt bigint) RETURNS void
LANGUAGE sql VOLATILE {_DEFINER} AS $function$
    SELECT auth.note(a.email, 'sign_in_refused', a.email, a.address, NULL)
    FROM auth.sign_in_attempt a WHERE a.attempt_id = given_attempt AND NOT a.succeeded
$function$
"""

_SIGN_IN_LOOKUP = f"""
CREATE FUNCTION auth.sign_in_lookup(given_email text)
RETURNS TABLE (person_id integer, email text, name text, password_hash text)
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.password_hash::text
    FROM auth.person p
    WHERE lower(p.email) = lower(given_email) AND p.disabled_at IS NULL
      AND p.password_hash <> ''
$function$
"""

_MAKE_TICKET = f"""
CREATE FUNCTION auth.make_ticket(
    given_ticket bytea, given_person integer, given_browser bytea, given_attempt bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
BEGIN
    DELETE FROM auth.ticket t WHERE t.expires_at < now() - interval '1 hour';
    UPDATE auth.sign_in_attempt a SET succeeded = true
    FROM auth.person p
    WHERE a.attempt_id = given_attempt AND NOT a.succeeded AND a.email = lower(p.email)
      AND p.person_id = given_person AND p.disabled_at IS NULL;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO auth.ticket (ticket_hash, person_id, browser_hash, expires_at)
    VALUES (given_ticket, given_person, given_browser,
            now() + interval '{TICKET_SECONDS} seconds');
    RETURN true;
END
$function$
"""

# Whoever shows a ticket uses it up, also from the wrong browser.
_REDEEM_TICKET = f"""
CREATE FUNCTION auth.redeem_ticket(
    given_ticket bytea, given_browser bytea, given_session bytea, replaced_session bytea,
    given_idle interval, given_life interval, given_address text, given_agent text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
DECLARE
    shown auth.ticket;
    mail text;
    life interval := least(given_life, interval '{LONGEST_SESSION_HOURS} hours');
BEGIN
    UPDATE auth.ticket t SET used_at = now()
    WHERE t.ticket_hash = given_ticket AND t.used_at IS NULL RETURNING t.* INTO shown;
    SELECT p.email INTO mail FROM auth.person p
    WHERE p.person_id = shown.person_id AND p.disabled_at IS NULL
      AND p.password_changed_at <= shown.expires_at - interval '{TICKET_SECONDS} seconds';
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
$function$
"""

_SESSION_VIEWER = f"""
CREATE FUNCTION auth.session_viewer(given_session bytea, given_slug text)
RETURNS TABLE (person_id integer, email text, name text, role text, must_change_password boolean,
               person_is_demo boolean, client_id integer, slug text, client_name text, zone text,
               locale text, client_is_demo boolean, records_version bigint)
LANGUAGE sql STABLE {_DEFINER} AS $function$
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
    WHERE s.session_hash = given_session AND {_LIVE}
$function$
"""

_SESSION_CLIENTS = f"""
CREATE FUNCTION auth.session_clients(given_session bytea)
RETURNS TABLE (client_id integer, slug text, name text, zone text, locale text, is_demo boolean)
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text, c.is_demo
    FROM billing.client c, auth.live_person(given_session) AS viewer
    WHERE auth.may_see(viewer, c.client_id::integer)
    ORDER BY c.name, c.client_id
$function$
"""

_TOUCH_SESSION = f"""
CREATE FUNCTION auth.touch_session(given_session bytea, given_idle interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
BEGIN
    UPDATE auth.session s
    SET last_seen_at = now(), idle_expires_at = least(now() + given_idle, s.expires_at)
    FROM auth.person p
    WHERE s.session_hash = given_session AND p.person_id = s.person_id AND {_LIVE}
      AND s.last_seen_at <= now() - interval '{TOUCH_SECONDS} seconds';
    RETURN FOUND;
END
$function$
"""

_END_SESSION = f"""
CREATE FUNCTION auth.end_session(given_session bytea, given_address text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
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
$function$
"""

# A session is named to its owner by a hash of its hash: enough to point at it, nothing to use.
_SESSIONS_OF = f"""
CREATE FUNCTION auth.sessions_of(given_session bytea)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = auth.live_person(given_session) AND {_LIVE}
    ORDER BY s.created_at DESC
$function$
"""

_END_OWN_SESSION = f"""
CREATE FUNCTION auth.end_own_session(given_session bytea, given_reference text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
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
$function$
"""

_END_OTHER_SESSIONS = f"""
CREATE FUNCTION auth.end_other_sessions(given_session bytea) RETURNS integer
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
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
$function$
"""

_OWN_PASSWORD_HASH = f"""
CREATE FUNCTION auth.own_password_hash(given_session bytea) RETURNS text
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT p.password_hash::text FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session)
$function$
"""

# The attempt proves that the limit was respected, the checked hash that nobody changed it.
_CHANGE_PASSWORD = f"""
CREATE FUNCTION auth.change_password(
    given_session bytea, given_attempt bigint, checked_hash text, new_hash text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
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
$function$
"""

_IS_ADMINISTRATOR = f"""
CREATE FUNCTION auth.is_administrator(given_session bytea) RETURNS boolean
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT EXISTS (SELECT FROM auth.person p
                   WHERE p.person_id = auth.live_person(given_session)
                     AND p.role = 'administrator')
$function$
"""

_PEOPLE = f"""
CREATE FUNCTION auth.people(given_session bytea)
RETURNS TABLE (person_id integer, name text, email text, role text, clients text[],
               disabled_at timestamptz, must_change_password boolean, is_demo boolean,
               live_sessions integer, last_seen_at timestamptz)
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT p.person_id::integer, p.name::text, p.email::text, p.role::text,
           ARRAY(SELECT c.name::text
                 FROM auth.person_client m JOIN billing.client c USING (client_id)
                 WHERE m.person_id = p.person_id ORDER BY c.name),
           p.disabled_at, p.must_change_password, p.is_demo,
           (SELECT count(*)::integer FROM auth.session s
            WHERE s.person_id = p.person_id AND {_LIVE}),
           (SELECT max(s.last_seen_at) FROM auth.session s WHERE s.person_id = p.person_id)
    FROM auth.person p
    WHERE auth.is_administrator(given_session)
    ORDER BY p.name, p.person_id
$function$
"""

_END_SESSIONS_OF = f"""
CREATE FUNCTION auth.end_sessions_of(given_session bytea, given_person integer) RETURNS integer
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $function$
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
$function$
"""

_ISSUER_NAME = f"""
CREATE FUNCTION auth.issuer_name() RETURNS text
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT min(i.name)::text FROM billing.issuer i
$function$
"""

_DEMO_SIGN_INS = f"""
CREATE FUNCTION auth.demo_sign_ins() RETURNS TABLE (email text, name text, role text)
LANGUAGE sql STABLE {_DEFINER} AS $function$
    SELECT p.email::text, p.name::text, p.role::text FROM auth.person p
    WHERE p.is_demo AND p.disabled_at IS NULL ORDER BY p.person_id
$function$
"""

#: What the portal's login may call; the others are called by these only.
_FOR_THE_PORTAL: Final = (
    "live_person(bytea)",
    "record_attempt(text, text)",
    "refuse_attempt(bigint)",
    "sign_in_lookup(text)",
    "make_ticket(bytea, integer, bytea, bigint)",
    "redeem_ticket(bytea, bytea, bytea, bytea, interval, interval, text, text)",
    "session_viewer(bytea, text)",
    "session_clients(bytea)",
    "touch_session(bytea, interval)",
    "end_session(bytea, text)",
    "sessions_of(bytea)",
    "end_own_session(bytea, text)",
    "end_other_sessions(bytea)",
    "own_password_hash(bytea)",
    "change_password(bytea, bigint, text, text)",
    "people(bytea)",
    "end_sessions_of(bytea, integer)",
    "issuer_name()",
    "demo_sign_ins()",
)
_INTERNAL: Final = (
    "may_see(integer, integer)",
    "note(text, text, text, text, jsonb)",
    "is_administrator(bytea)",
)


def _grants() -> tuple[str, ...]:
    """Nobody may call anything, then the portal what it needs."""
    revoked = (
        f"REVOKE ALL ON FUNCTION auth.{name} FROM PUBLIC" for name in _FOR_THE_PORTAL + _INTERNAL
    )
    granted = (
        f"GRANT EXECUTE ON FUNCTION auth.{name} TO meterglass_portal" for name in _FOR_THE_PORTAL
    )
    return (*revoked, "GRANT USAGE ON SCHEMA auth TO meterglass_portal", *granted)


#: Statements in an order in which they can be run.
SIGN_IN_FUNCTIONS: Final[tuple[str, ...]] = (
    _LIVE_PERSON,
    _MAY_SEE,
    _NOTE,
    _RECORD_ATTEMPT,
    _REFUSE_ATTEMPT,
    _SIGN_IN_LOOKUP,
    _MAKE_TICKET,
    _REDEEM_TICKET,
    _SESSION_VIEWER,
    _SESSION_CLIENTS,
    _TOUCH_SESSION,
    _END_SESSION,
    _SESSIONS_OF,
    _END_OWN_SESSION,
    _END_OTHER_SESSIONS,
    _OWN_PASSWORD_HASH,
    _CHANGE_PASSWORD,
    _IS_ADMINISTRATOR,
    _PEOPLE,
    _END_SESSIONS_OF,
    _ISSUER_NAME,
    _DEMO_SIGN_INS,
    *_grants(),
)
