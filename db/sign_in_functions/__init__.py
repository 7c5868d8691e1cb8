"""The only way from the portal to people and sessions: functions of schema `auth`.

The portal's login has no grant on any table of `auth`. These functions run with the
owner's rights, take the SHA-256 of a session's token as their first argument where they
act for a signed-in person, and check that session themselves. They stand here as they are after
all migrations, which carry them as SQL; a test holds the two equal.
"""

from typing import Final

from db.sign_in_functions import account, attempts, audit, people, sessions

#: What the portal's login may call; the others are called by these only.
_FOR_THE_PORTAL: Final = (
    "live_person(bytea)",
    "record_attempt(text, text)",
    "refuse_attempt(bigint)",
    "sign_in_lookup(text)",
    "make_ticket(bytea, integer, bytea, bigint)",
    "redeem_ticket(bytea, bytea, bytea, bytea, interval, interval, text, text)",
    "session_viewer(bytea, text)",
    "session_clients(bytea)",
    "touch_session(bytea, interval)",
    "end_session(bytea, text)",
    "sessions_of(bytea)",
    "own_sign_ins(bytea)",
    "end_own_session(bytea, text)",
    "end_other_sessions(bytea)",
    "own_password_hash(bytea)",
    "change_password(bytea, bigint, text, text)",
    "people(bytea)",
    "sessions_of_person(bytea, integer)",
    "end_session_of(bytea, integer, text)",
    "note_denied(bytea, text, text, text)",
    "note_export(bytea, integer, text, text, text)",
    "audit_page(bytea, text[], text, timestamptz, timestamptz, bigint, integer)",
    "end_sessions_of(bytea, integer)",
    "issuer_name()",
    "demo_sign_ins()",
)
_INTERNAL: Final = (
    "may_see(integer, integer)",
    "note(text, text, text, text, jsonb)",
    "note_at_most(integer, text, text, text, text, text, jsonb)",
    "is_administrator(bytea)",
)


def _grants() -> tuple[str, ...]:
    """Nobody may call anything, then the portal what it needs."""
    revoked = (
        f"REVOKE ALL ON FUNCTION auth.{name} FROM PUBLIC" for name in _FOR_THE_PORTAL + _INTERNAL
    )
    granted = (
        f"GRANT EXECUTE ON FUNCTION auth.{name} TO meterglass_portal" for name in _FOR_THE_PORTAL
    )
    return (*revoked, "GRANT USAGE ON SCHEMA auth TO meterglass_portal", *granted)


#: Statements in an order in which they can be run.
SIGN_IN_FUNCTIONS: Final[tuple[str, ...]] = (
    people.ISSUER_NAME,
    sessions.LIVE_PERSON,
    sessions.MAY_SEE,
    audit.NOTE,
    audit.NOTE_AT_MOST,
    attempts.RECORD_ATTEMPT,
    attempts.REFUSE_ATTEMPT,
    attempts.SIGN_IN_LOOKUP,
    attempts.MAKE_TICKET,
    attempts.REDEEM_TICKET,
    sessions.SESSION_VIEWER,
    sessions.SESSION_CLIENTS,
    sessions.TOUCH_SESSION,
    sessions.END_SESSION,
    account.SESSIONS_OF,
    account.OWN_SIGN_INS,
    account.END_OWN_SESSION,
    account.END_OTHER_SESSIONS,
    account.OWN_PASSWORD_HASH,
    account.CHANGE_PASSWORD,
    people.IS_ADMINISTRATOR,
    people.PEOPLE,
    people.SESSIONS_OF_PERSON,
    people.END_SESSION_OF,
    people.END_SESSIONS_OF,
    audit.NOTE_DENIED,
    audit.NOTE_EXPORT,
    audit.AUDIT_PAGE,
    people.DEMO_SIGN_INS,
    *_grants(),
)
