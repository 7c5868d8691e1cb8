"""What the functions of schema `auth` share: limits, and when a session is live."""

from typing import Final

#: Failures of one e-mail address, known or not, after which it is refused within the window.
FAILURES_PER_PERSON: Final = 5
#: The same for one network address, whatever the e-mail address.
FAILURES_PER_ADDRESS: Final = 20
#: The window in which failures count, minutes. The refusal ends with it.
WINDOW_MINUTES: Final = 15
#: Failures in all after which only those are let try who signed in from the same place lately:
#: guesses at many people from many places stay under both limits above.
FAILURES_IN_ALL: Final = 200
#: Sign-ins of one person within the window that succeed; more are refused like guesses.
SIGN_INS_PER_PERSON: Final = 60
#: How long a place at which somebody signed in stays known, days.
KNOWN_PLACE_DAYS: Final = 30
#: Between the checked password and the session's cookie, seconds.
TICKET_SECONDS: Final = 30
#: A person's action moves the idle expiry at most once in this many seconds.
TOUCH_SECONDS: Final = 60
#: No session lasts longer, whatever the portal asks for, hours.
LONGEST_SESSION_HOURS: Final = 168
#: How long a password that somebody else chose can be used, days.
ONE_TIME_DAYS: Final = 7
#: How long an ended session is kept, days: where its person signed in is known so long.
ENDED_SESSION_DAYS: Final = 90
#: Refused ways in that are noted for one person within the window; more add nothing.
DENIALS_PER_PERSON: Final = 10
#: Sign-ins, refused ones among them, that a person reads of himself.
SIGN_INS_SHOWN: Final = 10
#: Who did it where nobody is signed in.
NOBODY: Final = "nobody"
#: The same of all who are not signed in, whose number nothing bounds.
NOTES_OF_NOBODY: Final = 100

WINDOW: Final = f"interval '{WINDOW_MINUTES} minutes'"
#: Whether person `p` may be signed in: he is not disabled, nor is the client whom he is of.
ADMITTED: Final = """p.disabled_at IS NULL AND NOT (p.role IN ('finance', 'it') AND EXISTS (
          SELECT FROM auth.person_client t JOIN billing.client d USING (client_id)
          WHERE t.person_id = p.person_id AND d.disabled_at IS NOT NULL))"""
#: Whether session `s` has yet to end, be it by itself or by somebody.
OPEN: Final = "s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()"
#: Whether session `s` of person `p` opens anything.
LIVE: Final = f"""{OPEN}
      AND s.authenticated_at >= p.password_changed_at AND {ADMITTED}"""
#: With the owner's rights, and with names that no caller can redirect.
DEFINER: Final = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
