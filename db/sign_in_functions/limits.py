"""What the functions of schema `auth` share: limits, and when a session is live."""

from typing import Final

#: Failures of one e-mail address, known or not, after which it is refused within the window.
FAILURES_PER_PERSON: Final = 5
#: The same for one network address, whatever the e-mail address.
FAILURES_PER_ADDRESS: Final = 20
#: The window in which failures count, minutes. The refusal ends with it.
WINDOW_MINUTES: Final = 15
#: Between the checked password and the session's cookie, seconds.
TICKET_SECONDS: Final = 30
#: A person's action moves the idle expiry at most once in this many seconds.
TOUCH_SECONDS: Final = 60
#: No session lasts longer, whatever the portal asks for, hours.
LONGEST_SESSION_HOURS: Final = 168

WINDOW: Final = f"interval '{WINDOW_MINUTES} minutes'"
#: Whether session `s` of person `p` opens anything.
LIVE: Final = """s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
      AND s.authenticated_at >= p.password_changed_at AND p.disabled_at IS NULL"""
#: With the owner's rights, and with names that no caller can redirect.
DEFINER: Final = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
