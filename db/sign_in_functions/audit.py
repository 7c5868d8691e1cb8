"""The journal: what is written into it, and the one way to read it from a screen."""

from typing import Final

from db.sign_in_functions.limits import (
    DEFINER,
    DENIALS_PER_PERSON,
    NOBODY,
    NOTES_OF_NOBODY,
    WINDOW,
)

NOTE: Final = f"""
CREATE FUNCTION auth.note(
    given_actor text, given_action text, given_subject text, given_address text, given_detail jsonb
) RETURNS void LANGUAGE sql VOLATILE {DEFINER} AS $function$
    INSERT INTO billing.audit_log (actor, action, subject, address, detail)
    VALUES (given_actor, given_action, given_subject, nullif(given_address, ''),
            coalesce(given_detail, '{{}}'::jsonb))
$function$
"""

# What strangers can cause has a limit, so that nobody fills the journal. `given_key` is the actor
# whose entries count towards it; NULL: everybody's.
NOTE_AT_MOST: Final = f"""
CREATE FUNCTION auth.note_at_most(
    given_most integer, given_key text, given_actor text, given_action text, given_subject text,
    given_address text, given_detail jsonb
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
BEGIN
    IF current_setting('transaction_read_only')::boolean
       OR (SELECT count(*) FROM billing.audit_log l
           WHERE l.action = given_action AND l.at > now() - {WINDOW}
             AND (given_key IS NULL OR l.actor = given_key)) >= given_most THEN
        RETURN false;
    END IF;
    PERFORM auth.note(given_actor, given_action, given_subject, given_address, given_detail);
    RETURN true;
END
$function$
"""

NOTE_DENIED: Final = f"""
CREATE FUNCTION auth.note_denied(
    given_session bytea, given_what text, given_about text, given_address text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    who text := coalesce((SELECT p.email FROM auth.person p
                          WHERE p.person_id = auth.live_person(given_session)), '{NOBODY}');
    most integer := CASE who WHEN '{NOBODY}' THEN {NOTES_OF_NOBODY} ELSE {DENIALS_PER_PERSON} END;
BEGIN
    RETURN auth.note_at_most(
        most, who, who, 'access_denied', left(given_what, 64), left(given_address, 64),
        CASE WHEN given_about <> '' THEN jsonb_build_object('asked', left(given_about, 64)) END);
END
$function$
"""

# A download leaves the house, so it is noted each time, or not given.
NOTE_EXPORT: Final = f"""
CREATE FUNCTION auth.note_export(
    given_session bytea, given_client integer, given_subject text, given_form text,
    given_address text
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    viewer integer := auth.live_person(given_session);
BEGIN
    IF viewer IS NULL OR NOT auth.may_see(viewer, given_client) THEN RETURN false; END IF;
    INSERT INTO billing.audit_log (actor, action, subject, client_id, address, detail)
    SELECT p.email, 'export', left(given_subject, 120), given_client,
           nullif(left(given_address, 64), ''), jsonb_build_object('form', left(given_form, 64))
    FROM auth.person p WHERE p.person_id = viewer;
    RETURN true;
END
$function$
"""

# Put together from what is asked, so that each question gets a plan and an index of its own.
AUDIT_PAGE: Final = f"""
CREATE FUNCTION auth.audit_page(
    given_session bytea, given_actions text[], given_who text, given_since timestamptz,
    before_at timestamptz, before_id bigint, given_rows integer
) RETURNS TABLE (audit_id bigint, at timestamptz, actor text, action text, subject text,
                 client text, address text, detail jsonb)
LANGUAGE plpgsql STABLE {DEFINER} AS $function$
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
$function$
"""
