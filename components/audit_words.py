"""The audit log in plain words: kinds of deeds, and each deed."""

from collections.abc import Mapping
from typing import Final

#: What each deed is called on screen, by the kind that it is picked by.
_DEEDS: Final[Mapping[str, Mapping[str, str]]] = {
    "signing-in": {
        "sign_in": "Signed in",
        "sign_out": "Signed out",
    },
    "refused": {
        "sign_in_refused": "Sign-in refused",
        "sign_in_throttled": "Sign-in refused: too many attempts",
        "ticket_refused": "Sign-in refused: not from the browser of the password, or too late",
        "access_denied": "Access refused",
    },
    "sessions": {
        "session_ended": "Ended a session of one’s own",
        "other_sessions_ended": "Ended one’s other sessions",
        "session_replaced": "Signed in over another session",
        "session_ended_by_administrator": "Ended somebody’s session",
        "sessions_ended_by_administrator": "Ended all sessions of somebody",
    },
    "passwords": {
        "password_changed": "Changed the password",
        "password_reset": "Gave a one-time password",
    },
    "people": {
        "person_added": "Added a person",
        "role_changed": "Changed role or clients",
        "person_disabled": "Shut a person out",
        "person_enabled": "Let a person in again",
        "client_disabled": "Shut a client’s people out",
        "client_enabled": "Let a client’s people in again",
    },
    "keys": {
        "api_key_issued": "Issued a key",
        "api_key_revoked": "Revoked a key",
        "signing_key_introduced": "Changed the key that signs documents",
    },
    "setup": {
        "setup_applied": "Applied a setup",
    },
    "downloads": {
        "export": "Downloaded a file",
    },
    "months": {
        "period_approved": "Approved a month",
        "period_overridden": "Let a month be issued in spite of what was missing",
        "approval_withdrawn": "Took an approval back",
    },
    "corrections": {
        "event_superseded": "Replaced a record",
        "event_withdrawn": "Took a record back",
        "record_dismissed": "Dismissed a refused record",
        "record_repaired": "Mended and recorded a refused record",
        "records_replayed": "Recorded refused records again",
    },
    "documents": {
        "invoice_issued": "Issued a document",
        "credit_note_issued": "Issued a credit note",
        "legal_invoice_taken": "Took a legal invoice from other books",
    },
    "questions": {
        "question_asked": "Asked about a document",
        "amount_disputed": "Disputed an amount",
        "question_followed_up": "Asked once more",
        "question_answered": "Answered a question",
        "dispute_agreed": "Agreed to a disputed amount",
        "dispute_rejected": "Rejected a dispute",
    },
}
#: The kinds that can be picked, as the address and the screen name them.
KINDS: Final[Mapping[str, str]] = {
    "": "Everything",
    "signing-in": "Signing in and out",
    "refused": "Refused",
    "sessions": "Ended sessions",
    "passwords": "Passwords",
    "people": "Roles and access",
    "keys": "Keys",
    "setup": "Setup",
    "downloads": "Downloads",
    "months": "Month end",
    "corrections": "Corrections",
    "documents": "Issued documents",
    "questions": "Questions and disputes",
}
_WORDS: Final = {deed: words for deeds in _DEEDS.values() for deed, words in deeds.items()}
_MOST: Final = 3  #: things of a list that are named; the command line has all


def deeds_of(kind: str) -> tuple[str, ...] | None:
    """Give the deeds of a kind; None: all."""
    return tuple(_DEEDS[kind]) if kind else None


def deed_in_words(action: str) -> str:
    """Give a deed as a screen calls it.

    >>> deed_in_words("sign_in"), deed_in_words("meter_renamed")
    ('Signed in', 'Meter renamed')
    """
    return _WORDS.get(action) or action.replace("_", " ").capitalize()


def detail_in_words(detail: Mapping[str, object]) -> str:
    """Give what else is known, in one line.

    >>> detail_in_words({"role": "it → finance", "changes": ["a", "b", "c", "d"]})
    'role: it → finance; changes: a, b, c and 1 more'
    """
    return "; ".join(f"{name}: {_listed(value)}" for name, value in detail.items())


def _listed(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    rest = len(value) - _MOST
    return ", ".join(map(str, value[:_MOST])) + (f" and {rest} more" if rest > 0 else "")
