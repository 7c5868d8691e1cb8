"""What Month end reads of all clients at once, and what is decided of their months.

Nothing of it is kept: it is small, for people of the MSP only, and has to be true now. What is
decided is checked again in the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection

from components.data import read
from components.persons import Looking, SessionEndedError, Viewer
from components.viewer import network_address
from db.commands import approvals
from db.commands.approvals import Decider, Refusal
from db.portal import portal_engine
from db.queries import month_states as questions
from db.queries.month_drafts import MonthStanding, matters_of, sentences_of, standing_of
from db.queries.month_state_values import (
    MonthKnown,
    MonthsAsked,
    MonthSeen,
    MonthStage,
    MonthsTotal,
    Progress,
    StageCounts,
)
from db.roles import MSP
from db.session import portal_transaction, sign_in_transaction

__all__ = ["MonthKnown", "MonthSeen", "MonthStage", "MonthStanding", "MonthsTotal", "Progress"]
__all__ += ["Refusal", "StageCounts", "matters_of", "sentences_of"]

ROWS: Final = 50  #: clients on a page
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsPage:
    """A page of the clients' months, and what all of them come to."""

    counts: StageCounts
    totals: tuple[MonthsTotal, ...]  #: of the stage that is chosen
    rows: tuple[MonthSeen, ...]
    progress: Progress | None  #: None while nothing approved waits for the worker
    approvable: tuple[MonthSeen, ...]  #: of all pages: nothing is missing, nobody approved them


def changes(person: Looking) -> int:
    """Give the version of what is shown of all clients: it grows with each change of a month."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.month_changes(connection, person.session_hash)


def months(person: Looking, now: datetime) -> tuple[MonthKnown, ...]:
    """Give the months of which something is known, the latest first."""
    with _all_clients(person) as connection:
        return questions.months_known(connection, now)


def page_of(
    person: Looking, month: date, now: datetime, stage: MonthStage | None, page: int
) -> MonthsPage:
    """Give a page of the months of the clients that a person sees, by the clients' names.

    Args:
        person: Of this run.
        month: By its first day.
        now: The present.
        stage: Only months that are so far; None: all.
        page: From 1.
    """
    asked = MonthsAsked(client_ids=_ids(person), month=month, now=now)
    with _all_clients(person) as connection:
        return MonthsPage(
            counts=questions.stage_counts(connection, asked),
            totals=questions.month_totals(connection, asked, stage),
            rows=questions.months_seen(
                connection, asked, stage, rows=ROWS, skipped=ROWS * (page - 1)
            ),
            progress=questions.closing_progress(connection, asked),
            approvable=questions.months_approvable(connection, asked),
        )


def month_of(person: Looking, client_id: int, month: date, now: datetime) -> MonthSeen | None:
    """Give one client's month as it was last looked up; None where it never was."""
    asked = MonthsAsked(client_ids=[client_id], month=month, now=now)
    with _all_clients(person) as connection:
        found = questions.months_seen(connection, asked, None, rows=1, skipped=0)
    return found[0] if found else None


def standing(viewer: Viewer, month: date, now: datetime) -> MonthStanding | None:
    """Give what stands between a client's month and its document, and its draft, as of now.

    None where nothing bills the month.
    """
    return read(viewer, partial(standing_of, month=month, now=now))


def approve(
    session_hash: bytes, client_id: int, month: date, reason: str | None = None
) -> Refusal | None:
    """Let a month be issued: with a reason at once, else once it is ready; why not."""
    return _decide(
        session_hash,
        lambda connection, who: approvals.approve_period(
            connection, who, client_id, month, reason=reason
        ),
    )


def approve_all(
    session_hash: bytes, client_ids: Iterable[int], month: date
) -> Mapping[int, Refusal | None]:
    """Let the month of several clients be issued, each once it is ready; why not, for each."""
    return _decide(
        session_hash,
        lambda connection, who: approvals.approve_periods(connection, who, client_ids, month),
    )


def withdraw(session_hash: bytes, client_id: int, month: date) -> Refusal | None:
    """Take the approval of a month back; why not."""
    return _decide(
        session_hash,
        lambda connection, who: approvals.withdraw_approval(connection, who, client_id, month),
    )


def _decide(session_hash: bytes, deed: Callable[[Connection, Decider], Answer]) -> Answer:
    who = Decider(session_hash=session_hash, address=network_address())
    with sign_in_transaction(portal_engine()) as connection:
        return deed(connection, who)


@contextmanager
def _all_clients(person: Looking) -> Iterator[Connection]:
    """One look at the small tables of all the clients that a person of the MSP sees."""
    with portal_transaction(
        portal_engine(), session_hash=person.session_hash, client_id=None, database_role=MSP
    ) as connection:
        if not questions.sees_all_its_clients(connection):
            raise SessionEndedError("the session ended before it asked")
        yield connection


def _ids(person: Looking) -> list[int]:
    return [client.client_id for client in person.clients]
