"""The garbage collector of a portal with many open pages.

Left to itself, Streamlit collects all generations after every script run. With 100 open pages that
walked through everything that each of them holds, and took four fifths of the process's time. It is
told not to (`.streamlit/config.toml`); instead what is new is collected twice a second, and what
then lives is set aside, so that no collection walks through it again. What died while it was set
aside is collected in full every half minute: with 200 people a process then held 339 MiB after ten
minutes, and 357 where it was left for two minutes (one run each).
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

EVERY: Final = 0.5  #: seconds
IN_FULL: Final = 60  #: how many times it is set aside until all is looked through: half a minute


@asynccontextmanager
async def collecting() -> AsyncIterator[None]:
    """Keep collections small until the end of the block."""
    task = asyncio.create_task(_collect())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def set_aside() -> None:
    """Collect what is new, then let no collection walk through what lives."""
    gc.collect()
    gc.freeze()


def collect_in_full() -> None:
    """Collect all that died, set aside or not."""
    gc.unfreeze()
    set_aside()


async def _collect() -> None:
    for turn in count(1):
        await asyncio.sleep(EVERY)
        if turn % IN_FULL:
            set_aside()
        else:
            collect_in_full()
