"""Protections of what billing decides, and of what is seen of all clients at once."""

from typing import Final

from tests.sabotage.mutation import Mutation

FUNCTIONS: Final = "db/migrations/versions/0008_month_end.sql"
APPROVALS: Final = "tests/db/test_approvals.py"
PORTFOLIO: Final = "tests/db/test_portfolio_security.py"
SIGN_IN: Final = "tests/security/test_sign_in_functions.py"
_SEEN: Final = "USING (client_id IN (SELECT unnest(billing.visible_client_ids())))"
_STATES: Final = "CREATE POLICY month_state_portfolio ON billing.month_state"
_DECISIONS: Final = "CREATE POLICY period_approval_portfolio ON billing.period_approval"
_TO: Final = "FOR SELECT TO meterglass_msp"

MONTH_END: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the role that alone approves months",
        file=FUNCTIONS,
        old="    IF given_person.role <> 'billing' THEN RETURN 'not_allowed'; END IF;\n",
        new="",
        tests=(f"{APPROVALS}::test_nobody_else_approves_or_takes_back",),
    ),
    Mutation(
        name="the lock between closing a month and taking its approval back",
        file=FUNCTIONS,
        old="p.billing_period = given_month FOR SHARE;",
        new="p.billing_period = given_month;",
        tests=(
            f"{APPROVALS}::test_an_approval_taken_back_while_the_month_is_cut_waits_and_is_refused",
        ),
    ),
    Mutation(
        name="that an approval is given once",
        file=FUNCTIONS,
        old="\n    WHERE a.fault IS NOT NULL OR (a.override_reason IS NULL AND reason IS NOT NULL)",
        new="",
        tests=(f"{APPROVALS}::test_two_people_at_once_approve_once",),
    ),
    Mutation(
        name="the length of a reason",
        file=FUNCTIONS,
        old="    THEN RETURN 'reason'; END IF;\n",
        new="    THEN reason := reason; END IF;\n",
        tests=(f"{APPROVALS}::test_a_reason_is_text_of_ten_to_five_hundred_characters",),
    ),
    Mutation(
        name="the clients of whom a person of the MSP sees months",
        file=FUNCTIONS,
        old=f"{_STATES} {_TO} {_SEEN}",
        new=f"{_STATES} {_TO} USING (true)",
        tests=(PORTFOLIO,),
    ),
    Mutation(
        name="the clients of whom a person of the MSP sees approvals",
        file=FUNCTIONS,
        old=f"{_DECISIONS} {_TO} {_SEEN}",
        new=f"{_DECISIONS} {_TO} USING (true)",
        tests=(PORTFOLIO,),
    ),
    Mutation(
        name="the roles that are told how far all months are",
        file=FUNCTIONS,
        old="\n                             AND p.role IN ('billing', 'administrator'))",
        new=")",
        tests=(f"{APPROVALS}::test_others_are_not_told_how_far_months_are",),
    ),
    Mutation(
        name="the guard of the page Month end",
        file="pages/month_end.py",
        old="if not person.role.closes_months or asks_for_client_view():",
        new="if asks_for_client_view():",
        tests=("tests/pages/test_month_end.py",),
    ),
    Mutation(
        name="the limit of sign-ins that succeed",
        file=FUNCTIONS,
        old="          ) >= 60\n",
        new="          ) >= 60000\n",
        tests=(f"{SIGN_IN}::test_who_signs_in_all_the_time_waits_like_one_who_guesses",),
    ),
    Mutation(
        name="whose sign-ins a person reads",
        file=FUNCTIONS,
        old="    WHERE p.person_id = auth.live_person(given_session)\n      AND l.action IN",
        new="    WHERE l.action IN",
        tests=(SIGN_IN,),
    ),
)
