"""The application, with a power cut between the commit and the answer: for one test."""

import os
from pathlib import Path

from sqlalchemy import Engine

from api import events
from api.alone import application
from api.taking import Told, take_in
from db.queries.api_keys import KeyScope
from intake.cloudevents import Post

_MARK = Path(os.environ["CRASH_ONCE"])


def take_in_and_crash(engine: Engine, scope: KeyScope, post: Post) -> list[Told]:
    told = take_in(engine, scope, post)
    if not _MARK.exists():
        _MARK.touch()
        os._exit(9)
    return told


vars(events)["take_in"] = take_in_and_crash
app = application()
