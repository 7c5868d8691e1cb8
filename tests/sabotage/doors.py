"""Protections of the doors: who signs in, whose session it is, what a stranger may send."""

from typing import Final

from tests.sabotage.mutation import Mutation

FUNCTIONS: Final = "db/migrations/versions/0001_functions.sql"
LATER: Final = "db/migrations/versions/0005_audit.sql"
LIMITS: Final = "db/migrations/versions/0008_month_end.sql"
SIGN_IN: Final = "tests/security/test_sign_in_functions.py"
PASSWORDS: Final = "tests/security/test_passwords_at_the_door.py"
OUTSIDE: Final = "tests/security/test_from_outside.py"
_LOOKED_UP: Final = ") c ON true\n    WHERE s.session_hash = given_session AND"
_ENDS: Final = "s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()\n"

DOORS: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the idle end of a session",
        file=LATER,
        old=f"{_LOOKED_UP} {_ENDS}",
        new=f"{_LOOKED_UP} s.revoked_at IS NULL AND s.expires_at > now()\n",
        tests=(f"{SIGN_IN}::test_a_session_is_over",),
    ),
    Mutation(
        name="the end of a session that was revoked",
        file=LATER,
        old=f"{_LOOKED_UP} {_ENDS}",
        new=f"{_LOOKED_UP} s.idle_expires_at > now() AND s.expires_at > now()\n",
        tests=(f"{SIGN_IN}::test_a_session_is_over",),
    ),
    Mutation(
        name="the end of a session whose rows are read",
        file=LATER,
        old="AND s.expires_at > now()\n      AND s.authenticated_at >= p.password_changed_at\n"
        "      AND p.disabled_at IS NULL\n",
        new="\n",
        tests=("tests/db/test_row_security.py::test_t3_a_session_that_has_ended_gives_nothing",),
    ),
    Mutation(
        name="the once-a-minute extension that only a person's action causes",
        file="components/viewer.py",
        old="if acting and found.touch_is_due:",
        new="if found.touch_is_due:",
        tests=("tests/security/test_fragments.py::test_a_wake_keeps_no_session_alive",),
    ),
    Mutation(
        name="the limit of failures of one person",
        file=LIMITS,
        old="       ) >= 5\n",
        new="       ) >= 5000\n",
        tests=(f"{SIGN_IN}::test_f49_the_sixth_attempt_in_a_quarter_of_an_hour_is_refused",),
    ),
    Mutation(
        name="the limit of failures of one address",
        file=LIMITS,
        old="          ) >= 20\n",
        new="          ) >= 20000\n",
        tests=(
            f"{SIGN_IN}::test_f49_one_password_tried_on_many_people_from_one_place_is_throttled",
        ),
    ),
    Mutation(
        name="the check that an unknown person costs as much as a known one",
        file="components/actions.py",
        old="_NOBODY: Final = hash_password(secrets.token_urlsafe(24))",
        new='_NOBODY: Final = "$2b$04$" + hash_password(secrets.token_urlsafe(24))[7:]',
        tests=(f"{PASSWORDS}::test_f50_an_unknown_address_costs_one_check_at_the_usual_cost",),
    ),
    Mutation(
        name="the browser that a ticket is bound to",
        file=LATER,
        old="\n       OR shown.browser_hash IS DISTINCT FROM given_browser THEN",
        new=" THEN",
        tests=(f"{SIGN_IN}::test_a_ticket_shown_by_another_browser_is_used_up",),
    ),
    Mutation(
        name="the one use of a ticket",
        file=LATER,
        old="WHERE t.ticket_hash = given_ticket AND t.used_at IS NULL RETURNING",
        new="WHERE t.ticket_hash = given_ticket RETURNING",
        tests=(f"{SIGN_IN}::test_a_ticket_opens_one_session",),
    ),
    Mutation(
        name="the end of a ticket",
        file=LATER,
        old="IF mail IS NULL OR shown.expires_at <= now()\n",
        new="IF mail IS NULL\n",
        tests=(f"{SIGN_IN}::test_a_ticket_is_void_when_too_old_or_the_person_is_not_the_same",),
    ),
    Mutation(
        name="the present password behind a new one",
        file=FUNCTIONS,
        old="auth.live_person(given_session) AND p.password_hash = checked_hash\n",
        new="auth.live_person(given_session)\n",
        tests=(f"{SIGN_IN}::test_a_password_is_not_changed_on_a_stale_check",),
    ),
    Mutation(
        name="the administrator behind the list of people",
        file=FUNCTIONS,
        old="\n                     AND p.role = 'administrator')",
        new=")",
        tests=(f"{SIGN_IN}::test_only_an_administrator_sees_people_and_ends_their_sessions",),
    ),
    Mutation(
        name="the refusal of passwords that are soon guessed",
        file="db/passwords.py",
        old='["score"]) < _FEWEST_POINTS',
        new='["score"]) < 0',
        tests=("tests/db/test_passwords.py::test_a_password_is_refused_with_every_reason",),
    ),
    Mutation(
        name="the page that a sign-in and a sign-out must come from",
        file="api/hosts.py",
        old='return headers.get("sec-fetch-site") == "same-origin"',
        new="return True",
        tests=(f"{OUTSIDE}::test_a_post_from_elsewhere_starts_and_ends_nothing",),
    ),
    Mutation(
        name="the path that a sign-in leads to",
        file="api/session.py",
        old='if not asked.startswith("/") or asked.startswith("//") or not asked.isprintable():',
        new="if not asked.isprintable():",
        tests=("tests/api/test_session_paths.py",),
    ),
    Mutation(
        name="the origin of a websocket",
        file="api/gate.py",
        old='if not is_own_origin(headers.get("origin"), headers.get("host")):',
        new="if headers is None:",
        tests=(f"{OUTSIDE}::test_f53_a_foreign_origin_gets_no_websocket",),
    ),
    Mutation(
        name="the gate before another host's name",
        file="api/gate.py",
        old='if not is_own_host(request.headers.get("host")):',
        new="if request is None:",
        tests=(f"{OUTSIDE}::test_f53_a_foreign_host_is_served_nothing",),
    ),
    Mutation(
        name="the gate before what Streamlit serves to anybody",
        file="api/gate.py",
        old='_GATED: Final = ("/_stcore", "/media", "/component", "/app/static")',
        new='_GATED: Final = ("/media", "/app/static")',
        tests=(f"{OUTSIDE}::test_what_needs_a_session_is_refused_without_one",),
    ),
    Mutation(
        name="the dropping of a principal of the browser's own making",
        file="api/gate.py",
        old='elif name != PRINCIPAL_HEADER.encode("ascii"):',
        new="elif name:",
        tests=(f"{OUTSIDE}::test_f48_a_principal_of_ones_own_making_opens_nothing",),
    ),
    Mutation(
        name="the binding of a visit to the session that began it",
        file=".streamlit/config.toml",
        old='trustedUserHeaders = { "X-Meterglass-Principal" = "principal" }\n',
        new="",
        tests=(
            f"{OUTSIDE}::test_f48_the_id_of_anothers_visit_opens_nothing_to_somebody_signed_in",
        ),
    ),
    Mutation(
        name="the dropping of messages that our pages never send",
        file="api/frames.py",
        old='return BackMsg.FromString(frame).WhichOneof("type") in _SENT_BY_OUR_PAGES',
        new="return BackMsg.FromString(frame) is not None",
        tests=("tests/api/test_frames.py",),
    ),
    Mutation(
        name="the policy that no page may frame the portal",
        file="api/headers.py",
        old='        "frame-ancestors": "\'none\'",\n',
        new="",
        tests=("tests/api/test_headers.py",),
    ),
    Mutation(
        name="the dropping of Streamlit's cookie that scripts can read",
        file="api/headers.py",
        old="and value.startswith(_STREAMLITS_COOKIE))",
        new="and value.startswith(b'='))",
        tests=("tests/api/test_headers.py",),
    ),
    Mutation(
        name="the escaping of text from outside",
        file="components/markup.py",
        old="    return escape(cut)\n",
        new="    return cut\n",
        tests=("tests/components/test_markup.py",),
    ),
    Mutation(
        name="the limit of a key's posts",
        file="api/limits.py",
        old="if not _limiter().hit(_posts(), prefix):",
        new="if not _limiter():",
        tests=("tests/api/test_keys.py::test_a_key_that_posts_too_often_is_told_to_wait",),
    ),
    Mutation(
        name="the limit of a body whose length nobody stated",
        file="api/bodies.py",
        old="                if len(body) > longest:\n",
        new="                if not longest:\n",
        tests=("tests/api/test_bodies.py::test_a_body_without_a_stated_length_is_cut_off",),
    ),
    Mutation(
        name="the refusal to start with a superuser's login",
        file="db/safety.py",
        old='        (login.rolsuper, "is a superuser, whom no policy binds."),\n',
        new="",
        tests=("tests/db/test_safety.py::test_f56_a_superuser_is_refused",),
    ),
    Mutation(
        name="the check of the certificate of a database elsewhere",
        file="db/engine.py",
        old='"verify-full"',
        new='"prefer"',
        tests=("tests/db/test_settings.py",),
    ),
)
