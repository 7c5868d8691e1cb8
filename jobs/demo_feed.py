"""The demo's collectors as a program: posts to a portal until it is told to stop."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer

from db.embedded import Urls
from db.engine import make_engine
from db.faults import StartFault
from db.settings import load_settings
from db.urls import resolve_urls
from demo.feed import Feed, begins
from demo.feed_keys import FeedKeys
from demo.posting import Door
from demo.state import loaded
from jobs.stopping import Stopped, stoppable

Url = Annotated[
    str, typer.Option("--to", help="Address of the portal, like http://127.0.0.1:8501.")
]
Host = Annotated[str | None, typer.Option(help="Its public name, where it answers to no other.")]


def feed(*, to: Url, host: Host = None) -> None:
    """Post the demo's readings to a portal as they are measured, until Ctrl-C."""
    urls = resolve_urls(load_settings())
    with suppress(Stopped), stoppable():
        _fed(urls, Door(url=to.rstrip("/"), host=host))


def _fed(urls: Urls, door: Door) -> None:
    state = loaded(urls)
    if state.anchor is None or urls.owner is None:
        raise StartFault("there is no demo to post for: load it with `jobs demo load` first.")
    engine = make_engine(urls.owner, pool_size=1)
    keys = FeedKeys(engine)
    try:
        Feed(door, keys, state.anchor, begins(state.until, datetime.now(UTC))).run()
    finally:
        keys.revoke()
        engine.dispose()
