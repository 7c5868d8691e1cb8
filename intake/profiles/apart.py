"""Reading in a second process, so that reading and hashing overlap the storing.

The two are joined by a pipe. A reader whose parent is gone meets a closed pipe and ends.
"""

import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from intake.profiles.found import Reader
from intake.profiles.parts import Collected, Encode, Part
from intake.profiles.profile_file import AnyProfile
from intake.profiles.reading import findings
from intake.profiles.refusals import FileRefused, ReadingLost
from intake.profiles.text_file import TextFile, opened

ROOT: Final = Path(__file__).parents[2]
SMALL: Final = 2_000_000  # bytes; starting a process takes longer than reading them
WAITING: Final = 1  # parts that wait to be sent, at most; two more are being stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be read, and how."""

    file: TextFile
    profile: AnyProfile
    reader: Reader
    rows: int  #: measurements in a part


def parts(task: Task, encode: Encode) -> Iterator[Part]:
    """Read a file part by part, in this process; at least one part.

    Raises:
        FileRefused: if its header doesn't fit or there is nothing below it.
    """
    with opened(task.file) as (text, raw):
        collected = Collected(encode, task.reader.client, task.rows)
        for client, found in findings(text, task.profile, task.reader):
            collected.take(client, found)
            if collected.is_full:
                yield from collected.parts(raw.tell())
        yield from collected.parts(task.file.size)


@contextmanager
def parts_beside(task: Task, encode: Encode) -> Iterator[Iterator[Part]]:
    """Read a file part by part: a small one here, a large one in a second process.

    Raises:
        FileRefused: as `parts`, while the parts are taken.
    """
    if task.file.size < SMALL and not task.file.compressed:
        yield parts(task, encode)
        return
    with _parts_read_apart(task, encode) as read:
        yield read


@contextmanager
def _parts_read_apart(task: Task, encode: Encode) -> Iterator[Iterator[Part]]:
    command = [sys.executable, "-m", __package__]
    with (
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the parent's affair
        ) as reader,
        ThreadPoolExecutor(max_workers=1) as ahead,
    ):
        try:
            yield _received(reader, task, encode, ahead)
        finally:
            reader.kill()


def _received(
    reader: "subprocess.Popen[bytes]", task: Task, encode: Encode, ahead: ThreadPoolExecutor
) -> Iterator[Part]:
    """The parts as they come; the next one is fetched while the last one is stored."""
    if reader.stdin is None or reader.stdout is None:
        raise AssertionError("both were asked for")
    with suppress(BrokenPipeError), reader.stdin as asked:  # a lost reader is met below
        pickle.dump((task, encode), asked)
    coming = ahead.submit(pickle.load, reader.stdout)
    while True:
        try:
            found = coming.result()
        except (EOFError, pickle.UnpicklingError):
            raise ReadingLost("the process that read the file was ended before its end") from None
        if isinstance(found, FileRefused):
            raise found
        if found is None:
            return
        coming = ahead.submit(pickle.load, reader.stdout)
        yield found


def main() -> None:
    """The second process: read what standard input asks for, part by part, to standard output."""
    gc.disable()  # a row leaves no circles behind, and looking for them takes a seventh of the time
    task, encode = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    waiting: queue.Queue[object] = queue.Queue(maxsize=WAITING)
    sender = threading.Thread(target=_send, args=(waiting,), daemon=True)
    sender.start()
    try:
        for part in parts(task, encode):
            waiting.put(part)
        waiting.put(None)
    except FileRefused as refusal:
        waiting.put(refusal)
    waiting.join()


def _send(waiting: "queue.Queue[object]") -> None:
    """Send what waits; end the process where the parent is gone."""
    while True:
        try:
            pickle.dump(waiting.get(), sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except OSError:
            os._exit(1)
        waiting.task_done()
