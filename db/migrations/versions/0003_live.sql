-- The live door: what the portal's watcher may ask.
CREATE FUNCTION auth.watched(given_sessions bytea[], given_clients integer[])
RETURNS TABLE (place integer, version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT w.place::integer, coalesce(v.version, 0)::bigint
    FROM unnest(given_sessions, given_clients)
         WITH ORDINALITY AS w (session_hash, client_id, place)
    CROSS JOIN LATERAL auth.live_person(w.session_hash) AS viewer
    LEFT JOIN billing.client_version v ON v.client_id = w.client_id
    WHERE viewer IS NOT NULL AND (w.client_id IS NULL OR auth.may_see(viewer, w.client_id))
$function$;
REVOKE ALL ON FUNCTION auth.watched(bytea[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.watched(bytea[], integer[]) TO meterglass_portal;
