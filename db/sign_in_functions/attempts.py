"""Trying a password: attempts, their limits, and the ticket that a right one makes."""

from typing import Final

from db.sign_in_functions.limits import (
    ADMITTED,
    DEFINER,
    ENDED_SESSION_DAYS,
    FAILURES_IN_ALL,
    FAILURES_PER_ADDRESS,
    FAILURES_PER_PERSON,
    KNOWN_PLACE_DAYS,
    LONGEST_SESSION_HOURS,
    NOBODY,
    NOTES_OF_NOBODY,
    ONE_TIME_DAYS,
    SIGN_INS_PER_PERSON,
    TICKET_SECONDS,
    WINDOW,
)

# An attempt is written as a failure before the password is looked at, under a lock on the
# e-mail address and one on the network address: guesses in parallel cannot pass the limit.
RECORD_ATTEMPT: Final = f"""
CREATE FUNCTION auth.record_attempt(given_email text, given_address text) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    mail text := left(lower(given_email), 254);
    place text := left(given_address, 64);
    opened bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in person ' || mail, 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in address ' || place, 0));
    DELETE FROM auth.sign_in_attempt a WHERE a.at < now() - interval '1 day';
    IF (SELECT count(*) FROM auth.sign_in_attempt a
        WHERE a.email = mail AND NOT a.succeeded AND a.at > now() - {WINDOW}
          AND a.attempt_id > coalesce((SELECT max(b.attempt_id) FROM auth.sign_in_attempt b
                                       WHERE b.email = mail AND b.succeeded), 0)
       ) >= {FAILURES_PER_PERSON}
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE a.email = mail AND a.succeeded AND a.at > now() - {WINDOW}
          ) >= {SIGN_INS_PER_PERSON}
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE a.address = place AND NOT a.succeeded AND a.at > now() - {WINDOW}
          ) >= {FAILURES_PER_ADDRESS}
       OR (SELECT count(*) FROM auth.sign_in_attempt a
           WHERE NOT a.succeeded AND a.at > now() - {WINDOW}
          ) >= {FAILURES_IN_ALL}
          AND NOT EXISTS (SELECT FROM auth.person p JOIN auth.session s USING (person_id)
                          WHERE p.email = mail AND s.address = place
                            AND s.created_at > now() - interval '{KNOWN_PLACE_DAYS} days')
    THEN
        IF NOT EXISTS (SELECT FROM billing.audit_log l
                       WHERE l.action = 'sign_in_throttled' AND l.subject = mail
                         AND l.at > now() - {WINDOW}) THEN
            PERFORM auth.note_at_most({NOTES_OF_NOBODY}, NULL, mail, 'sign_in_throttled', mail,
                                      place, NULL);
        END IF;
        RETURN NULL;
    END IF;
    INSERT INTO auth.sign_in_attempt (email, address, at, succeeded)
    VALUES (mail, place, now(), false) RETURNING attempt_id INTO opened;
    RETURN opened;
END
$function$
"""

REFUSE_ATTEMPT: Final = f"""
CREATE FUNCTION auth.refuse_attempt(given_attempt bigint) RETURNS void
LANGUAGE sql VOLATILE {DEFINER} AS $function$
    SELECT auth.note(a.email, 'sign_in_refused', a.email, a.address, NULL)
    FROM auth.sign_in_attempt a WHERE a.attempt_id = given_attempt AND NOT a.succeeded
$function$
"""

SIGN_IN_LOOKUP: Final = f"""
CREATE FUNCTION auth.sign_in_lookup(given_email text)
RETURNS TABLE (person_id integer, email text, name text, password_hash text)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.password_hash::text
    FROM auth.person p
    WHERE lower(p.email) = lower(given_email) AND {ADMITTED}
      AND p.password_hash <> ''
      AND (NOT p.must_change_password
           OR p.password_changed_at > now() - interval '{ONE_TIME_DAYS} days')
$function$
"""

MAKE_TICKET: Final = f"""
CREATE FUNCTION auth.make_ticket(
    given_ticket bytea, given_person integer, given_browser bytea, given_attempt bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
BEGIN
    DELETE FROM auth.ticket t WHERE t.expires_at < now() - interval '1 hour';
    UPDATE auth.sign_in_attempt a SET succeeded = true
    FROM auth.person p
    WHERE a.attempt_id = given_attempt AND NOT a.succeeded AND a.email = lower(p.email)
      AND p.person_id = given_person AND {ADMITTED};
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO auth.ticket (ticket_hash, person_id, browser_hash, expires_at)
    VALUES (given_ticket, given_person, given_browser,
            now() + interval '{TICKET_SECONDS} seconds');
    RETURN true;
END
$function$
"""

# Whoever shows a ticket uses it up, also from the wrong browser.
REDEEM_TICKET: Final = f"""
CREATE FUNCTION auth.redeem_ticket(
    given_ticket bytea, given_browser bytea, given_session bytea, replaced_session bytea,
    given_idle interval, given_life interval, given_address text, given_agent text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    shown auth.ticket;
    mail text;
    former text;
    life interval := least(given_life, interval '{LONGEST_SESSION_HOURS} hours');
BEGIN
    UPDATE auth.ticket t SET used_at = now()
    WHERE t.ticket_hash = given_ticket AND t.used_at IS NULL RETURNING t.* INTO shown;
    SELECT p.email INTO mail FROM auth.person p
    WHERE p.person_id = shown.person_id AND {ADMITTED}
      AND p.password_changed_at <= shown.expires_at - interval '{TICKET_SECONDS} seconds';
    IF mail IS NULL OR shown.expires_at <= now()
       OR shown.browser_hash IS DISTINCT FROM given_browser THEN
        mail := coalesce(mail, '{NOBODY}');
        PERFORM auth.note_at_most({NOTES_OF_NOBODY}, mail, mail, 'ticket_refused', mail,
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
    WHERE s.expires_at < now() - interval '{ENDED_SESSION_DAYS} days';
    INSERT INTO auth.session (session_hash, person_id, created_at, last_seen_at,
                              idle_expires_at, expires_at, address, user_agent)
    VALUES (given_session, shown.person_id, now(), now(), now() + least(given_idle, life),
            now() + life, left(given_address, 64), left(given_agent, 200));
    PERFORM auth.note(mail, 'sign_in', mail, left(given_address, 64), '{{"by": "password"}}');
    RETURN true;
END
$function$
"""
