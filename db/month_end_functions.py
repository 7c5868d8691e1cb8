"""How somebody of the MSP lets months be issued, and which clients' months he sees at once.

The portal's login reads only: these functions run with the owner's rights, take the SHA-256 of a
session's token first, and check session, role, lengths and the month's state themselves. They stand
here as they are after all migrations, which carry them as SQL; a test holds the two equal. Each
answers with why it was refused; null when it is done.
"""

from typing import Final

from db.sign_in_functions.limits import DEFINER

#: A reason says something, characters; the table holds both bounds too.
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
_DECIDES: Final = "billing"

# The same for each row of a statement: asked once, in a subquery that is hashed.
_VISIBLE_CLIENTS: Final = f"""
CREATE FUNCTION billing.visible_client_ids() RETURNS integer[]
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT CASE WHEN p.role = 'account_manager'
                THEN ARRAY(SELECT t.client_id FROM auth.person_client t
                           WHERE t.person_id = p.person_id ORDER BY t.client_id)
                ELSE ARRAY(SELECT c.client_id FROM billing.client c ORDER BY c.client_id) END
    FROM (SELECT CASE WHEN given.session ~ '^[0-9a-f]{{64}}$'
                      THEN decode(given.session, 'hex') END AS session_hash
          FROM (SELECT current_setting('meterglass.session', true) AS session) given) chosen
    JOIN auth.person p ON p.person_id = auth.live_person(chosen.session_hash)
    WHERE p.role IN ('account_manager', 'billing', 'administrator')
$function$
"""

# How often it changed how far any month is: what pages that show all clients watch. It only grows.
_MONTH_CHANGES: Final = f"""
CREATE FUNCTION billing.month_changes(given_session bytea) RETURNS bigint
LANGUAGE sql STABLE {DEFINER} AS $function$
    SELECT (SELECT coalesce(sum(m.changes), 0)::bigint FROM billing.month_state m)
    FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session)
      AND p.role IN ('billing', 'administrator')
$function$
"""

# Whoever cuts, issues, approves or fails: pages that show all clients hear of it at once.
_GO_ON: Final = """
CREATE FUNCTION billing.let_month_go_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF TG_TABLE_NAME = 'billing_period' THEN
        UPDATE billing.month_state m SET period_state = NEW.state, changes = m.changes + 1
        WHERE m.client_id = NEW.client_id AND m.billing_period = NEW.billing_period;
        UPDATE billing.month_state m
        SET number = i.number, is_legal = i.is_legal, currency = i.currency, net = i.net,
            gross = i.gross, booked_net = i.net, booked_gross = i.gross, matters = '{}',
            fault = NULL, adjusted_net = (
                SELECT sum(l.amount) FROM billing.invoice_line l
                WHERE l.client_id = i.client_id AND l.invoice_id = i.invoice_id
                  AND l.adjusts_period IS NOT NULL)
        FROM billing.invoice i
        WHERE NEW.state = 'issued' AND m.client_id = NEW.client_id
          AND m.billing_period = NEW.billing_period AND i.client_id = NEW.client_id
          AND i.billing_period = NEW.billing_period AND i.corrects_invoice_id IS NULL;
    ELSE
        UPDATE billing.month_state m SET changes = m.changes + 1
        WHERE m.client_id = coalesce(NEW.client_id, OLD.client_id)
          AND m.billing_period = coalesce(NEW.billing_period, OLD.billing_period);
    END IF;
    RETURN NULL;
END
$function$
"""

# What the lock waited for is seen by what follows it: a month that is cut meanwhile is closing.
_REFUSED_DECISION: Final = f"""
CREATE FUNCTION billing.refused_decision(
    given_person auth.person, given_client integer, given_month date
) RETURNS text LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    month billing.billing_period;
BEGIN
    IF given_person.person_id IS NULL THEN RETURN 'signed_out'; END IF;
    IF given_person.role <> '{_DECIDES}' THEN RETURN 'not_allowed'; END IF;
    SELECT * INTO month FROM billing.billing_period p
    WHERE p.client_id = given_client AND p.billing_period = given_month FOR SHARE;
    RETURN CASE
        WHEN NOT FOUND THEN 'not_found'
        WHEN month.state <> 'open' THEN month.state
        WHEN month.ends_at > now() THEN 'running'
        WHEN given_month < (SELECT c.invoices_from FROM billing.client c
                            WHERE c.client_id = given_client) THEN 'shadow' END;
END
$function$
"""

_DECIDED: Final = f"""
CREATE FUNCTION billing.month_decided(
    given_person auth.person, given_client integer, given_month date, given_deed text,
    given_reason text, given_address text
) RETURNS void LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
BEGIN
    INSERT INTO billing.audit_log (actor, action, subject, client_id, address, detail)
    VALUES (given_person.email, given_deed, to_char(given_month, 'YYYY-MM'), given_client,
            nullif(left(given_address, 64), ''),
            jsonb_strip_nulls(jsonb_build_object('reason', given_reason)));
    PERFORM billing.raise_client_version(given_client, NULL);
END
$function$
"""

# With a reason: at once, in spite of whatever is missing. Without: once nothing is.
_APPROVE: Final = f"""
CREATE FUNCTION billing.approve_period(
    given_session bytea, given_client integer, given_month date, given_reason text,
    given_address text
) RETURNS text LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    reason text := btrim(given_reason);
    refusal text := billing.refused_decision(who, given_client, given_month);
BEGIN
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
    IF reason ~ '[[:cntrl:]]' OR length(reason) NOT BETWEEN {SHORTEST_REASON} AND {LONGEST_REASON}
    THEN RETURN 'reason'; END IF;
    INSERT INTO billing.period_approval AS a
        (client_id, billing_period, approved_by, override_reason)
    VALUES (given_client, given_month, who.email, reason)
    ON CONFLICT (client_id, billing_period) DO UPDATE
    SET approved_at = now(), approved_by = excluded.approved_by,
        override_reason = coalesce(excluded.override_reason, a.override_reason),
        failed_at = NULL, fault = NULL
    WHERE a.fault IS NOT NULL OR (a.override_reason IS NULL AND reason IS NOT NULL)
    RETURNING a.override_reason INTO reason;
    IF NOT FOUND THEN RETURN 'approved'; END IF;
    PERFORM billing.month_decided(
        who, given_client, given_month,
        CASE WHEN reason IS NULL THEN 'period_approved' ELSE 'period_overridden' END,
        reason, given_address);
    RETURN NULL;
END
$function$
"""

_WITHDRAW: Final = f"""
CREATE FUNCTION billing.withdraw_approval(
    given_session bytea, given_client integer, given_month date, given_address text
) RETURNS text LANGUAGE plpgsql VOLATILE {DEFINER} AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    refusal text := billing.refused_decision(who, given_client, given_month);
BEGIN
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
    DELETE FROM billing.period_approval a
    WHERE a.client_id = given_client AND a.billing_period = given_month;
    IF NOT FOUND THEN RETURN 'not_approved'; END IF;
    PERFORM billing.month_decided(
        who, given_client, given_month, 'approval_withdrawn', NULL, given_address);
    RETURN NULL;
END
$function$
"""

_FOR_THE_PORTAL: Final = (
    "billing.approve_period(bytea, integer, date, text, text)",
    "billing.withdraw_approval(bytea, integer, date, text)",
    "billing.month_changes(bytea)",
)
_FOR_THE_MSP: Final = ("billing.visible_client_ids()", "billing.month_changes(bytea)")
_INTERNAL: Final = (
    "billing.refused_decision(auth.person, integer, date)",
    "billing.month_decided(auth.person, integer, date, text, text, text)",
    "billing.let_month_go_on()",
)

#: Statements in an order in which they can be run.
MONTH_END_FUNCTIONS: Final[tuple[str, ...]] = (
    _VISIBLE_CLIENTS,
    _MONTH_CHANGES,
    _GO_ON,
    _REFUSED_DECISION,
    _DECIDED,
    _APPROVE,
    _WITHDRAW,
    *(
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC"
        for name in dict.fromkeys((*_FOR_THE_PORTAL, *_FOR_THE_MSP, *_INTERNAL))
    ),
    *(f"GRANT EXECUTE ON FUNCTION {name} TO meterglass_portal" for name in _FOR_THE_PORTAL),
    *(f"GRANT EXECUTE ON FUNCTION {name} TO meterglass_msp" for name in _FOR_THE_MSP),
)
