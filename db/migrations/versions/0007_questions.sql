-- Questions about issued documents: a message sent twice is one, and the functions that write them.
ALTER TABLE billing.question_message ADD COLUMN submission UUID DEFAULT gen_random_uuid() NOT NULL;
ALTER TABLE billing.question_message ADD CONSTRAINT uq_question_message_client_id_submission UNIQUE (client_id, submission);
COMMENT ON COLUMN billing.question_message.submission IS 'What a form was sent under: sent twice, it is one message.';

CREATE FUNCTION billing.left_to_credit(
    given_client integer, given_invoice bigint, given_line integer
) RETURNS numeric LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT l.amount
         + coalesce((SELECT sum(c.amount) FROM billing.invoice n
                     JOIN billing.invoice_line c USING (client_id, invoice_id)
                     WHERE n.client_id = given_client AND n.corrects_invoice_id = given_invoice
                       AND c.credits_line = given_line), 0)
         - coalesce((SELECT sum(q.agreed_amount) FROM billing.invoice_question q
                     WHERE q.client_id = given_client AND q.invoice_id = given_invoice
                       AND q.line_number = given_line AND q.credit_invoice_id IS NULL), 0)
    FROM billing.invoice_line l
    WHERE l.client_id = given_client AND l.invoice_id = given_invoice
      AND l.line_number = given_line
$function$;

CREATE FUNCTION billing.speaker(given_session bytea, given_client integer) RETURNS auth.person
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p FROM auth.person p
    WHERE p.person_id = auth.live_person(given_session) AND NOT p.must_change_password
      AND auth.may_see(p.person_id::integer, given_client)
      AND EXISTS (SELECT FROM billing.client c WHERE c.client_id = given_client)
$function$;

CREATE FUNCTION billing.refused_speech(given_person auth.person, given_message text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE
        WHEN length(coalesce(given_message, '')) NOT BETWEEN 1 AND 4000
        THEN 'message_length'
        WHEN (SELECT count(*) FROM billing.audit_log l
              WHERE l.actor = given_person.email AND l.at > now() - interval '1 hour'
                AND l.action IN ('question_asked', 'amount_disputed', 'question_followed_up', 'question_answered', 'dispute_agreed', 'dispute_rejected')) >= 30
        THEN 'too_many' END
$function$;

CREATE FUNCTION billing.say(
    given_question billing.invoice_question, given_person auth.person, given_submission uuid,
    given_message text, given_deed text, given_amount numeric, given_address text
) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    INSERT INTO billing.question_message
        (client_id, question_id, message_number, author, author_name, is_of_msp, message, state,
         submission)
    SELECT given_question.client_id, given_question.question_id,
           coalesce(max(m.message_number), 0) + 1, given_person.email, given_person.name,
           given_person.role NOT IN ('finance', 'it'), given_message, given_question.state,
           given_submission
    FROM billing.question_message m
    WHERE m.client_id = given_question.client_id
      AND m.question_id = given_question.question_id;
    INSERT INTO billing.audit_log (actor, action, subject, client_id, address, detail)
    SELECT given_person.email, given_deed, i.number, given_question.client_id,
           nullif(left(given_address, 64), ''), jsonb_strip_nulls(jsonb_build_object(
               'line', given_question.line_number::text,
               'amount', given_amount::text || ' ' || i.currency))
    FROM billing.invoice i
    WHERE i.client_id = given_question.client_id AND i.invoice_id = given_question.invoice_id;
    PERFORM billing.raise_client_version(given_question.client_id);
END
$function$;

CREATE FUNCTION billing.ask_about_invoice(
    given_session bytea, given_client integer, given_submission uuid, given_number text,
    given_line integer, given_amount numeric, given_message text, given_address text
) RETURNS TABLE (question_id bigint, refusal text) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    asked billing.invoice;
    made billing.invoice_question;
BEGIN
    IF who.person_id IS NULL THEN RETURN QUERY SELECT NULL::bigint, 'signed_out'; RETURN; END IF;
    IF who.role NOT IN ('finance') THEN
        RETURN QUERY SELECT NULL::bigint, 'not_allowed'; RETURN;
    END IF;
    SELECT * INTO asked FROM billing.invoice i
    WHERE i.client_id = given_client AND i.number = given_number FOR NO KEY UPDATE;
    IF NOT FOUND OR given_line IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing.invoice_line l
        WHERE l.client_id = given_client AND l.invoice_id = asked.invoice_id
          AND l.line_number = given_line) THEN
        RETURN QUERY SELECT NULL::bigint, 'not_found'; RETURN;
    END IF;
    RETURN QUERY SELECT m.question_id, NULL::text FROM billing.question_message m
    WHERE m.client_id = given_client AND m.submission = given_submission;
    IF FOUND THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('speech ' || who.email::text, 0));
    refusal := billing.refused_speech(who, given_message);
    IF refusal IS NULL AND given_amount IS NOT NULL THEN
        refusal := CASE
            WHEN given_line IS NULL THEN 'no_line'
            WHEN given_amount <= 0 OR given_amount <> trunc(given_amount, 4) THEN 'amount'
            WHEN given_amount > billing.left_to_credit(given_client, asked.invoice_id, given_line)
            THEN 'too_much' END;
    END IF;
    IF refusal IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
    INSERT INTO billing.invoice_question
        (client_id, invoice_id, line_number, kind, state, disputed_amount, opened_by)
    VALUES (given_client, asked.invoice_id, given_line,
            CASE WHEN given_amount IS NULL THEN 'question' ELSE 'dispute' END, 'open',
            given_amount, who.email)
    RETURNING * INTO made;
    PERFORM billing.say(
        made, who, given_submission, given_message,
        CASE WHEN given_amount IS NULL THEN 'question_asked' ELSE 'amount_disputed' END,
        given_amount, given_address);
    RETURN QUERY SELECT made.question_id, NULL::text;
END
$function$;

CREATE FUNCTION billing.answer_question(
    given_session bytea, given_client integer, given_submission uuid, given_question bigint,
    given_message text, given_address text
) RETURNS TABLE (question_id bigint, refusal text) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    about billing.invoice_question;
BEGIN
    IF who.person_id IS NULL THEN RETURN QUERY SELECT NULL::bigint, 'signed_out'; RETURN; END IF;
    IF who.role NOT IN ('finance') AND who.role NOT IN ('account_manager', 'billing') THEN
        RETURN QUERY SELECT NULL::bigint, 'not_allowed'; RETURN;
    END IF;

    PERFORM FROM billing.invoice_question q JOIN billing.invoice i USING (client_id, invoice_id)
    WHERE q.client_id = given_client AND q.question_id = given_question FOR NO KEY UPDATE OF i;
    SELECT * INTO about FROM billing.invoice_question q
    WHERE q.client_id = given_client AND q.question_id = given_question FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN QUERY SELECT NULL::bigint, 'not_found'; RETURN; END IF;
    RETURN QUERY SELECT m.question_id, NULL::text FROM billing.question_message m
    WHERE m.client_id = given_client AND m.submission = given_submission;
    IF FOUND THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('speech ' || who.email::text, 0));

    refusal := CASE WHEN about.state IN ('agreed', 'rejected') THEN 'settled'
                    ELSE billing.refused_speech(who, given_message) END;
    IF refusal IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
    about.state := CASE WHEN who.role IN ('finance') THEN 'open' ELSE 'answered' END;
    UPDATE billing.invoice_question q SET state = about.state
    WHERE q.client_id = given_client AND q.question_id = given_question;
    PERFORM billing.say(
        about, who, given_submission, given_message,
        CASE about.state WHEN 'open' THEN 'question_followed_up' ELSE 'question_answered' END,
        NULL, given_address);
    RETURN QUERY SELECT about.question_id, NULL::text;
END
$function$;

CREATE FUNCTION billing.settle_dispute(
    given_session bytea, given_client integer, given_submission uuid, given_question bigint,
    given_amount numeric, given_message text, given_address text
) RETURNS TABLE (question_id bigint, refusal text) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    who auth.person := billing.speaker(given_session, given_client);
    about billing.invoice_question;
BEGIN
    IF who.person_id IS NULL THEN RETURN QUERY SELECT NULL::bigint, 'signed_out'; RETURN; END IF;
    IF who.role NOT IN ('account_manager', 'billing') THEN
        RETURN QUERY SELECT NULL::bigint, 'not_allowed'; RETURN;
    END IF;

    PERFORM FROM billing.invoice_question q JOIN billing.invoice i USING (client_id, invoice_id)
    WHERE q.client_id = given_client AND q.question_id = given_question FOR NO KEY UPDATE OF i;
    SELECT * INTO about FROM billing.invoice_question q
    WHERE q.client_id = given_client AND q.question_id = given_question FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN QUERY SELECT NULL::bigint, 'not_found'; RETURN; END IF;
    RETURN QUERY SELECT m.question_id, NULL::text FROM billing.question_message m
    WHERE m.client_id = given_client AND m.submission = given_submission;
    IF FOUND THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('speech ' || who.email::text, 0));

    refusal := CASE
        WHEN about.state IN ('agreed', 'rejected') THEN 'settled'
        WHEN about.kind <> 'dispute' THEN 'no_dispute'
        WHEN given_amount <= 0 OR given_amount <> trunc(given_amount, 4) THEN 'amount'
        WHEN given_amount > least(about.disputed_amount, billing.left_to_credit(
            given_client, about.invoice_id, about.line_number)) THEN 'too_much'
        ELSE billing.refused_speech(who, given_message) END;
    IF refusal IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
    about.state := CASE WHEN given_amount IS NULL THEN 'rejected' ELSE 'agreed' END;
    UPDATE billing.invoice_question q SET state = about.state, agreed_amount = given_amount
    WHERE q.client_id = given_client AND q.question_id = given_question;
    PERFORM billing.say(about, who, given_submission, given_message,
                        'dispute_' || about.state, given_amount, given_address);
    RETURN QUERY SELECT about.question_id, NULL::text;
END
$function$;

REVOKE ALL ON FUNCTION billing.ask_about_invoice(bytea, integer, uuid, text, integer, numeric, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.answer_question(bytea, integer, uuid, bigint, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.settle_dispute(bytea, integer, uuid, bigint, numeric, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.left_to_credit(integer, bigint, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.speaker(bytea, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.refused_speech(auth.person, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION billing.say(billing.invoice_question, auth.person, uuid, text, text, numeric, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.ask_about_invoice(bytea, integer, uuid, text, integer, numeric, text, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.answer_question(bytea, integer, uuid, bigint, text, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.settle_dispute(bytea, integer, uuid, bigint, numeric, text, text) TO meterglass_portal;
GRANT EXECUTE ON FUNCTION billing.left_to_credit(integer, bigint, integer) TO meterglass_client, meterglass_msp;
