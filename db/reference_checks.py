"""Functions of triggers that stand where foreign keys would cost more than storing the rows.

Each checks once per statement, over the rows that it added; `docs/adr/0005-references.md` has the
reason. `db.functions` says how they come into a database.
"""

from typing import Final

CHECK_REFERENCES: Final = """
CREATE FUNCTION billing.check_event_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM billing.meter m WHERE m.meter_id = a.meter_id)
            THEN format('meter %s', a.meter_id)
        WHEN NOT EXISTS (SELECT FROM billing.resource r
                         WHERE r.client_id = a.client_id AND r.resource_id = a.resource_id)
            THEN format('resource %s of client %s', a.resource_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.source s
                         WHERE s.client_id = a.client_id AND s.source_id = a.source_id)
            THEN format('source %s of client %s', a.source_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.billing_period p
                         WHERE p.client_id = a.client_id AND p.billing_period = a.billing_period)
            THEN format('billing period %s of client %s', a.billing_period, a.client_id)
        END AS absent
    INTO missing
    FROM (SELECT DISTINCT client_id, meter_id, resource_id, source_id, billing_period
          FROM added) a
    ORDER BY absent NULLS LAST LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a usage event refers to % which does not exist', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT format('event %s of client %s', a.supersedes_event_id, a.client_id) INTO missing
    FROM added a
    WHERE a.supersedes_event_id IS NOT NULL
      AND a.meter_id <> (SELECT e.meter_id FROM billing.usage_event e
                         WHERE e.client_id = a.client_id AND e.event_id = a.supersedes_event_id)
    LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a usage event supersedes % which is of another meter', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$function$
"""

CHECK_HOURS: Final = """
CREATE FUNCTION billing.check_hour_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM billing.meter m WHERE m.meter_id = a.meter_id)
            THEN format('meter %s', a.meter_id)
        WHEN NOT EXISTS (SELECT FROM billing.resource r
                         WHERE r.client_id = a.client_id AND r.resource_id = a.resource_id)
            THEN format('resource %s of client %s', a.resource_id, a.client_id)
        WHEN NOT EXISTS (SELECT FROM billing.billing_period p
                         WHERE p.client_id = a.client_id AND p.billing_period = a.billing_period)
            THEN format('billing period %s of client %s', a.billing_period, a.client_id)
        END AS absent
    INTO missing
    FROM (SELECT DISTINCT client_id, meter_id, resource_id, billing_period FROM added) a
    ORDER BY absent NULLS LAST LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'an hour of usage refers to % which does not exist', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$function$
"""

KEEP_HOUR: Final = """
CREATE FUNCTION billing.keep_hour() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'an hour of usage keeps its client, meter, month, resource and hour'
        USING ERRCODE = 'restrict_violation';
END
$function$
"""

KEEP_RESOURCE: Final = """
CREATE FUNCTION billing.keep_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF EXISTS (SELECT FROM billing.usage_hour h
               WHERE h.client_id = OLD.client_id AND h.resource_id = OLD.resource_id) THEN
        RAISE EXCEPTION 'resource % of client % has usage and stays', OLD.code, OLD.client_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$function$
"""
