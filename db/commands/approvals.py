"""Months that somebody of the MSP lets be issued, through the owner's functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, text

_APPROVE = text(
    "SELECT billing.approve_period(:session, :client, :month, CAST(:reason AS text), :address)"
)
#: In one order, so that two people who approve many at once don't wait for each other.
_APPROVE_ALL = text(
    "SELECT a.client_id, billing.approve_period(:session, a.client_id, :month, NULL, :address)"
    " AS refusal"
    " FROM (SELECT DISTINCT client_id FROM unnest(CAST(:clients AS integer[])) AS given (client_id)"
    " ORDER BY client_id) a"
)
_WITHDRAW = text("SELECT billing.withdraw_approval(:session, :client, :month, :address)")


class Refusal(StrEnum):
    """Why a month was not approved, or its approval not taken back."""

    SIGNED_OUT = "signed_out"  #: the session ended, or may not see the client
    NOT_ALLOWED = "not_allowed"  #: not in this role
    NOT_FOUND = "not_found"  #: no such month is stored
    RUNNING = "running"  #: it has not ended
    SHADOW = "shadow"  #: it is before the first month billed here
    CLOSING = "closing"  #: the worker is at it
    ISSUED = "issued"
    REASON = "reason"  #: too short, too long, or with signs that are no text
    APPROVED = "approved"  #: it was before
    NOT_APPROVED = "not_approved"  #: there is nothing to take back


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Who decides, from where."""

    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's secret
    address: str  #: of the network

    @property
    def given(self) -> dict[str, object]:
        """What each function takes of it."""
        return {"session": self.session_hash, "address": self.address}


def approve_period(
    connection: Connection, decider: Decider, client_id: int, month: date, *, reason: str | None
) -> Refusal | None:
    """Let a month be issued.

    Args:
        connection: a transaction of the portal's login.
        decider: somebody of the role billing.
        client_id: whose month.
        month: by its first day; it has ended.
        reason: why it is issued at once and in spite of what is not ready, 10 to 500 characters;
            None: once its grace time is over and all is ready.

    Returns:
        Why not; None when it is done.
    """
    given = {**decider.given, "client": client_id, "month": month, "reason": reason}
    return _refusal(connection.execute(_APPROVE, given).scalar())


def approve_periods(
    connection: Connection, decider: Decider, client_ids: Iterable[int], month: date
) -> Mapping[int, Refusal | None]:
    """Let a month of several clients be issued, each once it is ready; why not, client by client.

    Args:
        connection: a transaction of the portal's login.
        decider: somebody of the role billing.
        client_ids: whose month.
        month: by its first day; it has ended.
    """
    given = {**decider.given, "clients": list(client_ids), "month": month}
    rows = connection.execute(_APPROVE_ALL, given)
    return {row.client_id: _refusal(row.refusal) for row in rows}


def withdraw_approval(
    connection: Connection, decider: Decider, client_id: int, month: date
) -> Refusal | None:
    """Take the approval of a month back, while the worker is not at it.

    Returns:
        Why not; None when it is done.
    """
    given = {**decider.given, "client": client_id, "month": month}
    return _refusal(connection.execute(_WITHDRAW, given).scalar())


def _refusal(code: str | None) -> Refusal | None:
    return None if code is None else Refusal(code)
