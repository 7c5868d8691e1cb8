"""Protections of one client's rows from another: policies, conditions, keys, sessions."""

from typing import Final

from tests.sabotage.mutation import Mutation

PROTECTION: Final = "db/migrations/versions/0001_protection.sql"
MONTHS: Final = "db/migrations/versions/0004_months.sql"
FUNCTIONS: Final = "db/migrations/versions/0001_functions.sql"
ROW_SECURITY: Final = ("tests/db/test_row_security.py",)
CONDITIONS: Final = ("tests/security/test_conditions.py",)
_WRITERS: Final = (
    "USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) "
    "WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]))"
)
_SCREENS: Final = "ALTER POLICY usage_event_screens ON billing.usage_event USING ("
_WRITER: Final = "CREATE POLICY usage_event_writer ON billing.usage_event TO meterglass_writer "
_COST: Final = "ALTER POLICY vendor_cost_msp ON billing.vendor_cost USING ("

TENANCY: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the policy by which a session sees events of its client only",
        file=MONTHS,
        old=f"{_SCREENS}client_id = (SELECT billing.current_client_id()))",
        new=f"{_SCREENS}true)",
        tests=ROW_SECURITY,
    ),
    Mutation(
        name="the policy by which the writer records for declared clients only",
        file=PROTECTION,
        old=f"{_WRITER}{_WRITERS}",
        new=f"{_WRITER}USING (true) WITH CHECK (true)",
        tests=ROW_SECURITY,
    ),
    Mutation(
        name="the policy that keeps costs from the client's people",
        file=MONTHS,
        old=f"{_COST}client_id = (SELECT billing.msp_client_id()))",
        new=f"{_COST}client_id = (SELECT billing.current_client_id()))",
        tests=ROW_SECURITY,
    ),
    Mutation(
        name="the client in the question for months",
        file="db/queries/usage.py",
        old="FROM billing.billing_period WHERE client_id = :client ORDER BY",
        new="FROM billing.billing_period ORDER BY",
        tests=CONDITIONS,
    ),
    Mutation(
        name="the client in the question for distinct values",
        file="db/queries/usage.py",
        old="WHERE d.client_id = :client AND d.meter_id",
        new="WHERE d.meter_id",
        tests=CONDITIONS,
    ),
    Mutation(
        name="the client in the question for crossings",
        file="db/queries/screens.py",
        old="WHERE client_id = :client_id AND billing_period = :month",
        new="WHERE billing_period = :month",
        tests=CONDITIONS,
    ),
    Mutation(
        name="an API key's binding to its clients",
        file=FUNCTIONS,
        old="JOIN billing.api_key_client m USING (api_key_id) "
        "JOIN billing.client c USING (client_id)\n    WHERE k.key_hash",
        new="CROSS JOIN billing.client c\n    WHERE k.key_hash",
        tests=(
            "tests/api/test_events.py::test_a_foreign_client_is_told_apart_from_no_unknown_one",
        ),
    ),
    Mutation(
        name="an API key's binding to its source",
        file="intake/cloudevents/posts.py",
        old="client: measuring(client, sender.source) for client in sender.clients",
        new='client: measuring(client, "collector") for client in sender.clients',
        tests=("tests/api/test_keys.py",),
    ),
    Mutation(
        name="the end of a revoked API key",
        file=FUNCTIONS,
        old="WHERE k.key_hash = given_hash AND k.revoked_at IS NULL\n    ORDER BY",
        new="WHERE k.key_hash = given_hash\n    ORDER BY",
        tests=("tests/api/test_keys.py::test_a_revoked_key_is_out_at_once",),
    ),
    Mutation(
        name="the session check of a fragment",
        file="components/viewer.py",
        old="known = _found_in_run.setdefault(run, {})",
        new="known = _found_in_run.setdefault(_Found, {})",
        tests=("tests/security/test_fragments.py",),
    ),
    Mutation(
        name="the second look at the session as a page begins to ask",
        file="db/look.py",
        old="if not still_sees(begun, looker.client_id):",
        new="if not looker.client_id:",
        tests=("tests/security/test_ended_while_asking.py",),
    ),
)
