"""How far each client's month is at its end: looked up by the worker, kept for the screens."""

from db.commands.month_states.looking import refresh_months, refresh_months_of

__all__ = ["refresh_months", "refresh_months_of"]
