"""Closing: a month is cut, built, issued; what was issued is corrected by another document."""

from db.commands.closing.closing import Closed, Closing, close_month
from db.commands.closing.refusals import AtWorkError, ClosingRefusedError
from db.commands.closing.signer import Signer

__all__ = ["AtWorkError", "Closed", "Closing", "ClosingRefusedError", "Signer", "close_month"]
