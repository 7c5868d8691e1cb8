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
