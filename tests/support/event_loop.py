"""Running a coroutine to its end, whatever else runs in the test's own thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Given = TypeVar("Given")


def run(work: Coroutine[Any, Any, Given]) -> Given:
    """Run a coroutine in a thread of its own: Playwright leaves a loop running in the main one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
