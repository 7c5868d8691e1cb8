"""Reading in a second process, so that reading and hashing overlap the storing.

The two are joined by a pipe. A reader whose parent is gone meets a closed pipe and ends.
"""

import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from intake.profiles.measurements import Measured
from intake.profiles.profile import Profile
from intake.profiles.reading import measurements
from intake.profiles.refusals import FileRefused, RefusedRow
from intake.profiles.text_file import TextFile, opened

SMALL: Final = 2_000_000  # bytes; starting a process takes longer than reading them
WAITING: Final = 3  # parts that wait to be stored, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be read, and how."""

    file: TextFile
    profile: Profile
    client: str
    source: str
    rows: int  #: measurements in a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some measurements of a file, in order, already encoded for whoever stores them."""

    encoded: bytes
    count: int
    refused: tuple[RefusedRow, ...]
    position: int  #: bytes of the file read so far


Encode = Callable[[list[Measured]], bytes]


def parts(task: Task, encode: Encode) -> Iterator[Part]:
    """Read a file part by part, in this process.

    Raises:
        FileRefused: if its header doesn't fit or there is nothing below it.
    """
    measured: list[Measured] = []
    refused: list[RefusedRow] = []
    with opened(task.file) as (text, raw):
        found = measurements(text, task.profile, client=task.client, source=task.source)
        for each in found:
            if isinstance(each, RefusedRow):
                refused.append(each)
            else:
                measured.append(each)
            if len(measured) + len(refused) >= task.rows:
                yield _part(encode, measured, refused, raw.tell())
                measured, refused = [], []
        yield _part(encode, measured, refused, task.file.size)


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
    spawning = multiprocessing.get_context("spawn")
    receiver, sender = spawning.Pipe(duplex=False)
    reader = spawning.Process(target=_read, args=(task, encode, sender), daemon=True)
    reader.start()
    sender.close()
    try:
        yield _received(receiver)
    finally:
        receiver.close()
        reader.terminate()
        reader.join()


def _part(
    encode: Encode, measured: list[Measured], refused: list[RefusedRow], position: int
) -> Part:
    return Part(
        encoded=encode(measured), count=len(measured), refused=tuple(refused), position=position
    )


def _received(receiver: Connection) -> Iterator[Part]:
    while True:
        try:
            found = pickle.loads(receiver.recv_bytes())  # noqa: S301 - from our own process
        except EOFError:
            raise RuntimeError("the reading process ended before the file did") from None
        if isinstance(found, FileRefused):
            raise found
        if found is None:
            return
        yield found


def _read(task: Task, encode: Encode, sender: Connection) -> None:
    """The second process: Ctrl-C is its parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waiting: queue.Queue[bytes] = queue.Queue(maxsize=WAITING)
    threading.Thread(target=_send, args=(sender, waiting), daemon=True).start()
    try:
        for part in parts(task, encode):
            waiting.put(pickle.dumps(part))
        waiting.put(pickle.dumps(None))
    except FileRefused as refusal:
        waiting.put(pickle.dumps(refusal))
    waiting.join()


def _send(sender: Connection, waiting: "queue.Queue[bytes]") -> None:
    while True:
        try:
            sender.send_bytes(waiting.get())
        except OSError:
            os._exit(1)
        waiting.task_done()
