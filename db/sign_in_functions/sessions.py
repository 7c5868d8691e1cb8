"""A session: who it is, which clients it may see, how it lasts and ends."""

from typing import Final

from db.sign_in_functions.limits import ADMITTED, DEFINER, LIVE, TOUCH_SECONDS

LIVE_PERSON: Final = f"""
CREATE FUNCTION auth.live_person(given_session bytea) RETURNS integer
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT s.person_id::integer
    FROM auth.session s JOIN auth.person p USING (person_id)
    WHERE s.session_hash = given_session AND {LIVE}
$function$
"""

MAY_SEE: Final = f"""
CREATE FUNCTION auth.may_see(given_person integer, given_client integer) RETURNS boolean
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT EXISTS (
        SELECT FROM auth.person p
        WHERE p.person_id = given_person AND {ADMITTED}
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client c
                          WHERE c.person_id = p.person_id AND c.client_id = given_client)))
$function$
"""

SESSION_VIEWER: Final = f"""
CREATE FUNCTION auth.session_viewer(given_session bytea, given_slug text)
RETURNS TABLE (person_id integer, email text, name text, role text, must_change_password boolean,
               person_is_demo boolean, client_id integer, slug text, client_name text, zone text,
               locale text, client_is_demo boolean, records_version bigint, month_versions jsonb,
               issuer text, touch_is_due boolean)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT p.person_id::integer, p.email::text, p.name::text, p.role::text,
           p.must_change_password, p.is_demo,
           c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text,
           c.is_demo, (SELECT coalesce(max(v.version), 0)::bigint FROM billing.client_version v
                       WHERE v.client_id = c.client_id),
           (SELECT jsonb_object_agg(to_char(m.billing_period, 'YYYY-MM'), m.version)
            FROM billing.month_version m WHERE m.client_id = c.client_id),
           (SELECT min(i.name)::text FROM billing.issuer i),
           s.last_seen_at <= now() - interval '{TOUCH_SECONDS} seconds'
    FROM auth.session s JOIN auth.person p USING (person_id)
    LEFT JOIN LATERAL (
        SELECT k.* FROM billing.client k
        WHERE (given_slug IS NULL OR k.slug = given_slug)
          AND (p.role IN ('billing', 'administrator')
               OR EXISTS (SELECT FROM auth.person_client m
                          WHERE m.person_id = p.person_id AND m.client_id = k.client_id))
        ORDER BY k.name, k.client_id LIMIT 1) c ON true
    WHERE s.session_hash = given_session AND {LIVE}
$function$
"""

SESSION_CLIENTS: Final = f"""
CREATE FUNCTION auth.session_clients(given_session bytea)
RETURNS TABLE (client_id integer, slug text, name text, zone text, locale text, is_demo boolean)
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT c.client_id::integer, c.slug::text, c.name::text, c.zone::text, c.locale::text, c.is_demo
    FROM billing.client c, auth.live_person(given_session) AS viewer
    WHERE auth.may_see(viewer, c.client_id::integer)
    ORDER BY c.name, c.client_id
$function$
"""

TOUCH_SESSION: Final = f"""
CREATE FUNCTION auth.touch_session(given_session bytea, given_idle interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN RETURN false; END IF;
    UPDATE auth.session s
    SET last_seen_at = now(), idle_expires_at = least(now() + given_idle, s.expires_at)
    FROM auth.person p
    WHERE s.session_hash = given_session AND p.person_id = s.person_id AND {LIVE}
      AND s.last_seen_at <= now() - interval '{TOUCH_SECONDS} seconds';
    RETURN FOUND;
END
$function$
"""

END_SESSION: Final = f"""
CREATE FUNCTION auth.end_session(given_session bytea, given_address text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
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
