"""No room left: for the database on its disk, for the command in its temporary folder."""

import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.database import create_database
from db.embedded import EmbeddedServer
from tests.faults.collector import HEADER, Collector, ended
from tests.support.database import TEMPLATE, Database
from tests.support.usage import ground

ROOM = 16 << 20  #: bytes that a file of the database may have: those of 110,000 events need more
NO_ROOM = (
    "meterglass: the database has no room left (could not extend file",
    "); nothing is half stored: give the command again to go on.",
)


def amounts(path: Path, rows: int) -> Path:
    """One amount of 2 GB a second."""
    lines = (
        f"2026-10-{1 + number // 86_400:02d}T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:"
        f"{number % 60:02d}Z,egress,vm,2,sample-{number:040d}\n"
        for number in range(rows)
    )
    path.write_text(HEADER + "".join(lines))
    return path


@contextmanager
def small_files() -> Iterator[None]:
    """Whatever is started here can write no file beyond `ROOM`, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server; not pytest's, which PostgreSQL's account could not enter."""
    made = Path(tempfile.mkdtemp(prefix="meterglass-full-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@contextmanager
def served(folder: Path) -> Iterator[Database]:
    """The server of a folder while it runs."""
    server = EmbeddedServer(folder, forgetful=True)
    try:
        urls = server.start()
        create_database(urls)
        database = Database(name=TEMPLATE, urls=urls)
        yield database
        database.disconnect()
    finally:
        server.stop()


def test_f22_a_full_disk_stops_the_load_with_a_sentence_and_room_completes_it(
    folder: Path, tmp_path: Path
) -> None:
    path = amounts(tmp_path / "usage.csv", 110_000)
    with small_files(), served(folder) as database:
        collector = Collector(ground=ground(database), folder=tmp_path)
        told = ended(collector.start(path))
        assert (told.code, told.out) == (2, "")
        [said] = [line for line in told.err.splitlines() if line.startswith("meterglass: ")]
        assert said.startswith(NO_ROOM[0])
        assert said.endswith(NO_ROOM[1])
        stored = collector.sums()[0]
        assert isinstance(stored, int)
        assert stored % 25_000 in {0, 10_000}  # whole batches, the last one among them or not
        assert collector.sums() == (stored, 2 * stored) * 3
    with served(folder) as database:
        again = collector.on(database)
        assert again.ingest(path).counts["accepted"] == 110_000 - stored
        assert again.sums() == (110_000, 220_000) * 3


def test_f22_without_a_temporary_folder_a_file_is_loaded_all_the_same(
    collector: Collector,
) -> None:
    no_folder = collector.file("a file where the folder should be", "temporary")
    path = amounts(collector.folder / "usage.csv", 40_000)
    told = ended(collector.start(path, environment={"TMPDIR": str(no_folder)}))
    assert (told.code, told.counts) == (0, {"accepted": 40_000})
