"""The journal: what is written into it."""

from typing import Final

from db.sign_in_functions.limits import DEFINER

NOTE: Final = f"""
CREATE FUNCTION auth.note(
    given_actor text, given_action text, given_subject text, given_address text, given_detail jsonb
) RETURNS void LANGUAGE sql VOLATILE {DEFINER} AS $function$
    INSERT INTO billing.audit_log (actor, action, subject, address, detail)
    VALUES (given_actor, given_action, given_subject, nullif(given_address, ''),
            coalesce(given_detail, '{{}}'::jsonb))
$function$
"""
