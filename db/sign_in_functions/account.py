"""One's own account: one's sessions and one's password."""

from typing import Final

from db.sign_in_functions.limits import DEFINER, LIVE, OPEN, SIGN_INS_SHOWN

# A session is named to its owner by a hash of its hash: enough to point at it, nothing to use.
SESSIONS_OF: Final = f"""
CREATE FUNCTION auth.sessions_of(given_session bytea)
RETURNS TABLE (reference text, created_at timestamptz, last_seen_at timestamptz,
               expires_at timestamptz, address text, user_agent text, is_this boolean)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT encode(sha256(s.session_hash), 'hex'), s.created_at, s.last_seen_at,
           least(s.idle_expires_at, s.expires_at), s.address::text, s.user_agent::text,
           s.session_hash = given_session
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.person_id = auth.live_person(given_session) AND {LIVE}
    ORDER BY s.created_at DESC
$function$
"""

# Refused ones too: whoever sees one that was not his knows that somebody tries.
OWN_SIGN_INS: Final = f"""
CREATE FUNCTION auth.own_sign_ins(given_session bytea)
RETURNS TABLE (at timestamptz, action text, address text)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT l.at, l.action::text, l.address::text
    FROM auth.person p JOIN billing.audit_log l ON l.subject = p.email
    WHERE p.person_id = auth.live_person(given_session)
      AND l.action IN ('sign_in', 'sign_in_refused', 'sign_in_throttled', 'ticket_refused')
    ORDER BY l.at DESC, l.audit_id DESC LIMIT {SIGN_INS_SHOWN}
$function$
"""

END_OWN_SESSION: Final = f"""
CREATE FUNCTION auth.end_own_session(given_session bytea, given_reference text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
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

END_OTHER_SESSIONS: Final = f"""
CREATE FUNCTION auth.end_other_sessions(given_session bytea) RETURNS integer
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    ended integer;
    mail text;
BEGIN
    SELECT p.email INTO mail FROM auth.person p WHERE p.person_id = auth.live_person(given_session);
    UPDATE auth.session s SET revoked_at = now()
    WHERE s.person_id = auth.live_person(given_session)
      AND s.session_hash <> given_session AND {OPEN};
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF ended > 0 THEN
        PERFORM auth.note(mail, 'other_sessions_ended', mail, NULL,
                          jsonb_build_object('ended', ended));
    END IF;
    RETURN ended;
END
$function$
"""

OWN_PASSWORD_HASH: Final = f"""
CREATE FUNCTION auth.own_password_hash(given_session bytea) RETURNS text
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT p.password_hash::text FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session)
$function$
"""

# The attempt proves that the limit was respected, the checked hash that nobody changed it.
CHANGE_PASSWORD: Final = f"""
CREATE FUNCTION auth.change_password(
    given_session bytea, given_attempt bigint, checked_hash text, new_hash text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
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
