"""CloudEvents 1.0 with usage in them: a post's bytes and headers, read into measurements.

`read_post` reads a request, `measure_record` one event that was kept in quarantine.
"""

from intake.cloudevents.bodies import MOST_EVENTS, PostFault, PostRefused
from intake.cloudevents.posts import Post, Sender, Unassigned, read_post
from intake.cloudevents.records import measure_record

__all__ = [
    "MOST_EVENTS",
    "Post",
    "PostFault",
    "PostRefused",
    "Sender",
    "Unassigned",
    "measure_record",
    "read_post",
]
