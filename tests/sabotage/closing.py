"""Protections of what is closed: one closer, whole months, documents that stay as they are."""

from typing import Final

from tests.sabotage.mutation import Mutation

CLOSING: Final = "db/commands/closing"
INVOICES: Final = "db/migrations/versions/0006_invoices.sql"
CUT: Final = "tests/db/test_cut.py"
CLOSED: Final = "tests/faults/test_f24_to_f27_closing.py"
DOCUMENTS: Final = "tests/faults/test_f28_to_f32_documents.py"
APPROVED: Final = "tests/jobs/test_approved.py"
CURRENCY: Final = "tests/db/test_another_currency.py"
_APPEND_ONLY: Final = "BEFORE UPDATE OR DELETE OR TRUNCATE ON billing."

CLOSINGS: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the turn of closers (F25)",
        file=f"{CLOSING}/turn.py",
        old="pg_try_advisory_xact_lock(hashtextextended('meterglass closing ' || :client, 0))",
        new=":client <> ''",
        tests=(f"{CLOSED}::test_f25_a_second_closer_is_told_that_another_is_at_work",),
    ),
    Mutation(
        name="the look at what a closer did before (F26)",
        file=f"{CLOSING}/closing.py",
        old="        if locked.state is MonthState.ISSUED:\n",
        new="        if locked.state is MonthState.OPEN:\n",
        tests=(f"{CLOSED}::test_f26_closed_twice_it_is_the_same_document_and_no_new_number",),
    ),
    Mutation(
        name="the second look after a lost connection (F27)",
        file=f"{CLOSING}/lost.py",
        old="        if not error.connection_invalidated:\n",
        new="        if error.args:\n",
        tests=(f"{CLOSED}::test_f27_a_commit_whose_answer_is_lost_is_found_and_not_done_again",),
    ),
    Mutation(
        name="the wait for writers before a month is cut",
        file=f"{CLOSING}/cut.py",
        old="    FOR UPDATE\n",
        new="",
        tests=(f"{CUT}::test_a_correction_that_is_being_stored_is_known_to_the_month",),
    ),
    Mutation(
        name="what a month knew of later corrections when it was cut",
        file="db/queries/touched_months.py",
        old="\n          AND NOT s.event_id = ANY (b.known_corrections)",
        new="",
        tests=(f"{CUT}::test_a_correction_that_is_being_stored_is_known_to_the_month",),
    ),
    Mutation(
        name="the order of months",
        file="db/queries/readiness.py",
        old="        if self.waits_for is not None:\n",
        new="        if self.waits_for == '':\n",
        tests=("tests/db/test_closing.py::test_a_month_waits_for_the_one_before_it",),
    ),
    Mutation(
        name="the reason that an unready month asks for",
        file=f"{CLOSING}/ready.py",
        old="    if not asked.override.strip():\n",
        new="    if asked.override.strip():\n",
        tests=(f"{CUT}::test_within_the_grace_time_a_reason_is_asked_for",),
    ),
    Mutation(
        name="the approval that was taken back before the cut",
        file=f"{CLOSING}/closing.py",
        old="        asked = let_go(connection, asked) if asked.of_approval else asked\n",
        new="",
        tests=(f"{APPROVED}::test_an_approval_taken_back_before_the_cut_closes_nothing",),
    ),
    Mutation(
        name="the states through which a month only goes forward",
        file=INVOICES,
        old="NOT IN (('open', 'closing'), ('closing', 'issued')))",
        new="IN (('issued', 'gone')))",
        tests=("tests/db/test_constraints.py::test_a_period_goes_forward_one_state_at_a_time",),
    ),
    Mutation(
        name="the guard of the lines of a document (F30)",
        file=INVOICES,
        old=f"{_APPEND_ONLY}invoice_line ",
        new="BEFORE TRUNCATE ON billing.invoice_line ",
        tests=(f"{DOCUMENTS}::test_f30_nobody_changes_or_removes_what_is_issued",),
    ),
    Mutation(
        name="the guard before lines that come after their document (F30)",
        file=INVOICES,
        old="i.xmin <> pg_current_xact_id()::xid",
        new="i.xmin = pg_current_xact_id()::xid AND false",
        tests=(f"{DOCUMENTS}::test_f30_nothing_is_added_to_an_issued_document",),
    ),
    Mutation(
        name="the number that the next document of a series gets (F32)",
        file=f"{CLOSING}/numbers.py",
        old="SET last_number = c.last_number + 1",
        new="SET last_number = c.last_number + 2",
        tests=(
            f"{DOCUMENTS}::test_f32_numbers_have_no_gap_though_a_third_of_the_work_is_rolled_back",
        ),
    ),
    Mutation(
        name="the currency of what comes late",
        file="db/commands/ingest/storing.py",
        old="    refused += reject_old_currency(connection, client_id, agreements, months)\n",
        new="",
        tests=(
            f"{CURRENCY}::test_what_is_late_for_a_month_in_another_currency_is_refused_and_kept",
        ),
    ),
    Mutation(
        name="that what is stored comes again as before, in whatever currency",
        file="db/commands/ingest/checks.py",
        old="""NOT EXISTS (SELECT FROM billing.usage_event e
            WHERE e.client_id = :client AND e.event_id = o.event_id)
    AND EXISTS (SELECT FROM billing.billing_period p""",
        new="EXISTS (SELECT FROM billing.billing_period p",
        tests=(f"{CURRENCY}::test_what_is_stored_comes_again_as_before",),
    ),
)
