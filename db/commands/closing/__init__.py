"""Closing: a month is cut, built, issued; what was issued is corrected by another document."""

from db.commands.closing.asked import Closing
from db.commands.closing.closing import Closed, close_month
from db.commands.closing.concerned import Again, Corrected, Crediting
from db.commands.closing.crediting import credit
from db.commands.closing.refusals import AtWorkError, ClosingRefusedError
from db.commands.closing.signer import Signer

__all__ = [
    "Again",
    "AtWorkError",
    "Closed",
    "Closing",
    "ClosingRefusedError",
    "Corrected",
    "Crediting",
    "Signer",
    "close_month",
    "credit",
]
