"""Recording usage: the one way in, for files, posts and the demo.

`record` takes events; a file goes through `begin_run`, `record_batch` and `finish_run`; a post
through `record_posted`. `notice_crossings` notes what time alone brings.
"""

from db.commands.ingest.changed_months import EVERY_MONTH, raise_from, raise_from_batch
from db.commands.ingest.notices import notice_crossings
from db.commands.ingest.posts import Outcome, record_posted
from db.commands.ingest.recording import BATCH_ROWS, record, record_batch
from db.commands.ingest.rejections import Rejection, UnknownSource, keep
from db.commands.ingest.retries import tried_again
from db.commands.ingest.runs import (
    Origin,
    Recorded,
    Run,
    UnknownSourceError,
    begin_run,
    finish_run,
)
from db.commands.ingest.storing import store_offered
from db.commands.ingest.two_writers import TwoWriters
from db.commands.usage_batch import Batch, Offered, encoded, offered_event

__all__ = [
    "BATCH_ROWS",
    "EVERY_MONTH",
    "Batch",
    "Offered",
    "Origin",
    "Outcome",
    "Recorded",
    "Rejection",
    "Run",
    "TwoWriters",
    "UnknownSource",
    "UnknownSourceError",
    "begin_run",
    "encoded",
    "finish_run",
    "keep",
    "notice_crossings",
    "offered_event",
    "raise_from",
    "raise_from_batch",
    "record",
    "record_batch",
    "record_posted",
    "store_offered",
    "tried_again",
]
