"""What the portal's watcher may ask: which watched sessions live, and their clients' versions.

It stands here as it is after all migrations, which carry it as SQL; a test holds the two equal.
"""

from typing import Final

# Without a client it is what pages that show all clients watch: how often it changed how far any
# month is; added up once in a question, 8 ms for 36,000 months.
# A pair is answered only while its session lives and may see its client: one that is missing from
# the answer has ended. What that means stands in one place each; said again here in one join, it
# would cost 1.6 ms for 200 pairs, not 4.
_WATCHED: Final = """
CREATE FUNCTION auth.watched(given_sessions bytea[], given_clients integer[])
RETURNS TABLE (place integer, version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT w.place::integer,
           CASE WHEN w.client_id IS NOT NULL THEN coalesce(v.version, 0)
                WHEN EXISTS (SELECT FROM auth.person p WHERE p.person_id = viewer
                             AND p.role IN ('billing', 'administrator'))
                THEN (SELECT coalesce(sum(m.changes), 0) FROM billing.month_state m)
                ELSE 0 END::bigint
    FROM unnest(given_sessions, given_clients)
         WITH ORDINALITY AS w (session_hash, client_id, place)
    CROSS JOIN LATERAL auth.live_person(w.session_hash) AS viewer
    LEFT JOIN billing.client_version v ON v.client_id = w.client_id
    WHERE viewer IS NOT NULL AND (w.client_id IS NULL OR auth.may_see(viewer, w.client_id))
$function$
"""

#: Statements in an order in which they can be run.
LIVE_FUNCTIONS: Final[tuple[str, ...]] = (
    _WATCHED,
    "REVOKE ALL ON FUNCTION auth.watched(bytea[], integer[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION auth.watched(bytea[], integer[]) TO meterglass_portal",
)
