"""What an administrator sees of people and does to their sessions; what all may see."""

from typing import Final

from db.sign_in_functions.limits import ADMITTED, DEFINER, LIVE, OPEN

IS_ADMINISTRATOR: Final = f"""
CREATE FUNCTION auth.is_administrator(given_session bytea) RETURNS boolean
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT EXISTS (SELECT FROM auth.person p
                   WHERE p.person_id = auth.live_person(given_session)
                     AND p.role = 'administrator')
$function$
"""

PEOPLE: Final = f"""
CREATE FUNCTION auth.people(given_session bytea)
RETURNS TABLE (person_id integer, name text, email text, role text, clients text[],
               disabled_at timestamptz, must_change_password boolean, is_demo boolean,
               client_is_disabled boolean, live_sessions integer, last_seen_at timestamptz)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT p.person_id::integer, p.name::text, p.email::text, p.role::text,
           ARRAY(SELECT c.name::text
                 FROM auth.person_client m JOIN billing.client c USING (client_id)
                 WHERE m.person_id = p.person_id ORDER BY c.name),
           p.disabled_at, p.must_change_password, p.is_demo,
           EXISTS (SELECT FROM auth.person_client m JOIN billing.client c USING (client_id)
                   WHERE m.person_id = p.person_id AND p.role IN ('finance', 'it')
                     AND c.disabled_at IS NOT NULL),
           (SELECT count(*)::integer FROM auth.session s
            WHERE s.person_id = p.person_id AND {LIVE}),
           (SELECT max(s.last_seen_at) FROM auth.session s WHERE s.person_id = p.person_id)
    FROM auth.person p
    WHERE auth.is_administrator(given_session)
    ORDER BY p.name, p.person_id
$function$
"""

SESSIONS_OF_PERSON: Final = f"""
CREATE FUNCTION auth.sessions_of_person(given_session bytea, given_person integer)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = given_person AND auth.is_administrator(given_session) AND {LIVE}
    ORDER BY s.created_at DESC
$function$
"""

END_SESSION_OF: Final = f"""
CREATE FUNCTION auth.end_session_of(
    given_session bytea, given_person integer, given_reference text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
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
$function$
"""

END_SESSIONS_OF: Final = f"""
CREATE FUNCTION auth.end_sessions_of(given_session bytea, given_person integer) RETURNS integer
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
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
    WHERE s.person_id = given_person AND {OPEN};
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF ended > 0 THEN
        PERFORM auth.note(actor, 'sessions_ended_by_administrator', mail, NULL,
                          jsonb_build_object('ended', ended));
    END IF;
    RETURN ended;
END
$function$
"""

ISSUER_NAME: Final = f"""
CREATE FUNCTION auth.issuer_name() RETURNS text
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT min(i.name)::text FROM billing.issuer i
$function$
"""

DEMO_SIGN_INS: Final = f"""
CREATE FUNCTION auth.demo_sign_ins() RETURNS TABLE (email text, name text, role text)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT p.email::text, p.name::text, p.role::text FROM auth.person p
    WHERE p.is_demo AND {ADMITTED} ORDER BY p.person_id
$function$
"""
