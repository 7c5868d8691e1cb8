"""``python -m jobs worker``: what has to be noticed while nothing comes in, and what was let go."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from db.commands.ingest import notice_crossings
from db.commands.month_states import refresh_months
from db.faults import unreachable
from db.queries.clients import client_ids
from db.session import writer_transaction
from db.urls import let_go
from jobs.approved import do_approved
from jobs.stopping import Stopped, stoppable
from jobs.writer import writing_engine


def worker(
    *,
    once: Annotated[bool, typer.Option("--once", help="Look once, then end.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 60,
) -> None:
    """Note the crossings that time alone brings, and issue what was approved, until Ctrl-C.

    How far each client's month is at its end is looked up for Month end.

    A mean grows while levels are held, and a level is carried into a new month: bounds are passed
    without an event. Months that somebody approved on screen are closed when their grace time is
    over, and agreed disputes are credited: the worker has the signing key, the portal has not.
    """
    try:
        with stoppable(), writing_engine() as engine:
            if once:
                _say(f"{_look(engine)} crossings noted.")
            else:
                _look_on(engine, every)
    except Stopped:
        _say("Stopped.")
    finally:
        let_go()


def _look(engine: Engine) -> int:
    """Look at each client; gives how many crossings were noted."""
    noted = 0
    with writer_transaction(engine, []) as connection:
        clients = client_ids(connection)
    for slug, client_id in clients.items():
        own = notice_crossings(engine, client_id, datetime.now(UTC))
        if own:
            _say(f"{slug}: {own} crossings noted.")
        noted += own
    for sentence in do_approved(engine):
        _say(sentence)
    refresh_months(engine, datetime.now(UTC))
    return noted


def _look_on(engine: Engine, every: float) -> None:
    """Look again and again, also after the database was away."""
    is_away = False
    while True:
        try:
            _look(engine)
        except (OperationalError, InterfaceError, InternalError) as fault:
            if not is_away:
                _say(f"meterglass: {unreachable(fault.orig or fault)} Trying on.", error=True)
            is_away = True
        else:
            if is_away:
                _say("The database is back.")
            is_away = False
        time.sleep(every)


def _say(line: str, *, error: bool = False) -> None:
    with suppress(OSError):  # the terminal may be gone
        typer.echo(line, err=error)
