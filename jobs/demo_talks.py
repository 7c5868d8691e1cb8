"""The demo's people ask about documents, answer and settle: by the functions of the screens."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, Engine

from db.commands.questions import (
    Outcome,
    Speaker,
    answer_question,
    ask_about_invoice,
    settle_dispute,
)
from db.commands.sign_in import (
    NewSession,
    end_session,
    make_ticket,
    record_attempt,
    redeem_ticket,
)
from db.engine import make_engine
from db.queries.demo import LineNamed, line_named, messages_held
from db.queries.sign_in import credentials_of
from db.session import owner_transaction
from demo.calendar import moved
from demo.clients import PORTRAITS
from demo.portrait import Conversation, Said

_ADDRESS: Final = "127.0.0.1"
_PROGRAM: Final = "python -m jobs demo load"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """A conversation about a line of an issued document."""

    line: LineNamed
    conversation: Conversation
    name: str  #: of no other one

    @property
    def said(self) -> tuple[Said, ...]:
        """All that was said, in its order."""
        told = self.conversation
        return (told.asked, *told.answered, *([told.settled] if told.settled else ()))

    def submission(self, place: int) -> UUID:
        """Under what a message is sent: sent twice, it is one."""
        return uuid5(NAMESPACE_URL, f"{self.name}/{place}")


def talk(owner_url: str, anchor: date) -> None:
    """Say what has not been said yet about documents that are issued.

    Args:
        owner_url: address of the database with the owner's login.
        anchor: the day of the first load.
    """
    engine = make_engine(owner_url, pool_size=1)
    try:
        _say_what_is_due(engine, anchor)
    finally:
        engine.dispose()


def _say_what_is_due(engine: Engine, anchor: date) -> None:
    with owner_transaction(engine) as connection:
        held = messages_held(connection)
        due = [
            each
            for each in _talks(connection, anchor)
            if each.submission(len(each.said) - 1) not in held
        ]
    if due:
        with _signed_in(engine, {said.email for each in due for said in each.said}) as sessions:
            for each in due:
                _say_all(engine, each, sessions)


def _talks(connection: Connection, anchor: date) -> Iterator[_Talk]:
    for portrait in PORTRAITS:
        for told in portrait.conversations:
            month = moved(anchor.replace(day=1), told.month)
            line = line_named(connection, portrait.slug, month, told.price)
            if line is not None:
                name = f"{portrait.slug}/{month:%Y-%m}/{told.price}"
                yield _Talk(line=line, conversation=told, name=name)


def _say_all(engine: Engine, talk: _Talk, sessions: Mapping[str, bytes]) -> None:
    """Say all of a conversation, each in a transaction of its own, as forms are sent."""
    question_id = 0
    for place, said in enumerate(talk.said):
        speaker = Speaker(
            session_hash=sessions[said.email],
            client_id=talk.line.client_id,
            submission=talk.submission(place),
            address=_ADDRESS,
        )
        with owner_transaction(engine) as connection:
            outcome = _say(connection, talk, speaker, place, question_id)
        if outcome.question_id is None:
            raise AssertionError(f"{talk.name}: {said.words!r} was refused: {outcome.refusal}")
        question_id = outcome.question_id


def _say(
    connection: Connection, talk: _Talk, speaker: Speaker, place: int, question_id: int
) -> Outcome:
    told, words = talk.conversation, talk.said[place].words
    if place == 0:
        return ask_about_invoice(
            connection,
            speaker,
            number=talk.line.number,
            line=talk.line.line,
            disputed=Decimal(told.disputed) if told.disputed else None,
            message=words,
        )
    if talk.said[place] is not told.settled:
        return answer_question(connection, speaker, question_id=question_id, message=words)
    agreed = Decimal(told.agreed) if told.agreed else None
    return settle_dispute(
        connection, speaker, question_id=question_id, agreed=agreed, message=words
    )


@contextmanager
def _signed_in(engine: Engine, emails: set[str]) -> Iterator[Mapping[str, bytes]]:
    """Sign people in, and out again; gives their sessions by e-mail address."""
    sessions: dict[str, bytes] = {}
    try:
        for email in sorted(emails):
            sessions[email] = _session_of(engine, email)
        yield sessions
    finally:
        with owner_transaction(engine) as connection:
            for session_hash in sessions.values():
                end_session(connection, session_hash, _ADDRESS)


def _session_of(engine: Engine, email: str) -> bytes:
    ticket, browser, session = (sha256(secrets.token_bytes(32)).digest() for _ in range(3))
    opened = NewSession(
        session_hash=session,
        idle=timedelta(minutes=5),
        life=timedelta(minutes=5),
        address=_ADDRESS,
        user_agent=_PROGRAM,
    )
    with owner_transaction(engine) as connection:
        found = credentials_of(connection, email)
        attempt = record_attempt(connection, email=email, address=_ADDRESS)
        if found is None or attempt is None:
            raise AssertionError(f"{email} is a person of the demo")
        make_ticket(
            connection,
            ticket_hash=ticket,
            person_id=found.person_id,
            browser_hash=browser,
            attempt=attempt,
        )
        is_open = redeem_ticket(
            connection,
            ticket_hash=ticket,
            browser_hash=browser,
            session=opened,
            replaced_session=None,
        )
    if not is_open:
        raise AssertionError(f"{email} may sign in")
    return session
