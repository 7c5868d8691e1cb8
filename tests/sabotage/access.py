"""Protections of what lasts: who stays shut out, what is noted, how long anything is waited for."""

from typing import Final

from tests.sabotage.mutation import Mutation

LATER: Final = "db/migrations/versions/0005_audit.sql"
LIMITS: Final = "db/migrations/versions/0008_month_end.sql"
SIGN_IN: Final = "tests/security/test_sign_in_functions.py"
WATCHED: Final = "tests/security/test_watched.py"
_ENDS: Final = "s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()\n"
_OWN: Final = "p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS ("
_NOBODYS: Final = "p.disabled_at IS NULL AND NOT (false AND EXISTS ("
WAYS_IN: Final = "tests/security/test_ways_in.py"
GUESSING: Final = "tests/security/test_guessing.py"
OUTSIDE: Final = "tests/security/test_from_outside.py"
VIEWER: Final = "tests/security/test_viewer.py"
PASSED_ON: Final = "tests/deploy/test_passed_on.py"
PATIENCE: Final = "tests/db/test_patience.py"

ACCESS: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="that a wake is not a person's action",
        file="components/causes.py",
        old="return run is None or run not in _by_itself",
        new="return True",
        tests=("tests/security/test_fragments.py",),
    ),
    Mutation(
        name="the end of a one-time password",
        file=LATER,
        old="      AND (NOT p.must_change_password\n"
        "           OR p.password_changed_at > now() - interval '7 days')\n",
        new="",
        tests=(f"{WAYS_IN}::test_f46_a_one_time_password_ends_after_a_week",),
    ),
    Mutation(
        name="the disabled client in the policy of rows",
        file=LATER,
        old="\n                        AND (k.disabled_at IS NULL OR p.role = 'account_manager')))",
        new="))",
        tests=(f"{WAYS_IN}::test_f46_a_client_disabled_by_its_row_alone_shows_its_people_nothing",),
    ),
    Mutation(
        name="the limit of all failures together",
        file=LIMITS,
        old="          ) >= 200\n",
        new="          ) >= 200000\n",
        tests=(f"{GUESSING}::test_f49_one_password_is_tried_on_everybody_from_everywhere",),
    ),
    Mutation(
        name="the limit of what strangers cause in the journal",
        file=LATER,
        old="AND (given_key IS NULL OR l.actor = given_key)) >= given_most THEN",
        new="AND (given_key IS NULL OR l.actor = given_key)) < 0 THEN",
        tests=(f"{GUESSING}::test_f49_what_guessing_writes_into_the_audit_log_has_a_limit",),
    ),
    Mutation(
        name="noting who was refused a way in",
        file="api/gate.py",
        old="        await note_denied(request, door, known=person is not None)\n",
        new="        del door\n",
        tests=(f"{WAYS_IN}::test_denied_ways_in_are_noted_so_often_and_no_more",),
    ),
    Mutation(
        name="the turn that strangers wait for",
        file="api/gate.py",
        old="only_ours(receive, None if principal else turn)",
        new="only_ours(receive)",
        tests=("tests/api/test_turns.py",),
    ),
    Mutation(
        name="that nobody leaves a file in memory",
        file="api/gate.py",
        old='("/media", "/_stcore/upload_file")',
        new='("/media",)',
        tests=(f"{OUTSIDE}::test_nobody_leaves_a_file_in_the_portals_memory",),
    ),
    Mutation(
        name="the administrator behind the figures of the process",
        file="api/gate.py",
        old='if _under(path, _FOR_ADMINISTRATORS) and person.role != "administrator":',
        new="if person is None:",
        tests=(f"{OUTSIDE}::test_figures_of_the_process_are_for_administrators",),
    ),
    Mutation(
        name="the wiping of what a visit remembers of somebody else",
        file="components/viewer.py",
        old="    st.session_state.clear()\n",
        new="",
        tests=(f"{VIEWER}::test_what_a_visit_remembers_is_wiped_when_somebody_else_looks",),
    ),
    Mutation(
        name="the guard of what is only appended",
        file="db/migrations/versions/0001_functions.sql",
        old="    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, "
        "TG_OP\n        USING ERRCODE = 'restrict_violation';\n",
        new="    RETURN coalesce(new, old);\n",
        tests=("tests/db/test_append_only.py",),
    ),
    Mutation(
        name="the end of a statement that takes too long",
        file="db/engine.py",
        old='f"-c statement_timeout={statement_timeout_ms} -c lock',
        new='f"-c statement_timeout=0 -c lock',
        tests=(PATIENCE,),
    ),
    Mutation(
        name="that the proxy alone says who asks",
        file="deploy/nginx/forwarded.conf",
        old="proxy_set_header X-Forwarded-For $remote_addr;",
        new="proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        tests=(f"{PASSED_ON}::test_servers_are_told_who_asks_by_the_proxy_alone",),
    ),
    Mutation(
        name="that the proxy upgrades websockets only",
        file="deploy/nginx/nginx.conf",
        old='"~*^/_stcore/stream websocket$" websocket;',
        new='"~*^/" $http_upgrade;',
        tests=(f"{PASSED_ON}::test_nothing_is_upgraded_but_a_websocket_at_its_address",),
    ),
    Mutation(
        name="the end of a disabled client's people",
        file=LATER,
        old="USING (person_id)\n    WHERE s.session_hash = given_session AND "
        f"{_ENDS}      AND s.authenticated_at >= p.password_changed_at AND {_OWN}",
        new="USING (person_id)\n    WHERE s.session_hash = given_session AND "
        f"{_ENDS}      AND s.authenticated_at >= p.password_changed_at AND {_NOBODYS}",
        tests=(f"{WATCHED}::test_f46_of_a_session_that_is_over_nothing_is_told",),
    ),
    Mutation(
        name="the administrator who alone reads the journal",
        file=LATER,
        old="    IF auth.is_administrator(given_session) IS NOT TRUE THEN RETURN; END IF;\n",
        new="",
        tests=(f"{SIGN_IN}::test_only_an_administrator_reads_the_journal_and_ends_a_session",),
    ),
    Mutation(
        name="that nobody is served a file by its address",
        file="api/gate.py",
        old="    if _under(path, _FOR_NOBODY):\n",
        new="    if not path:\n",
        tests=("tests/security/test_fragments.py",),
    ),
)
