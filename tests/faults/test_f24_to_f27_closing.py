"""Closing that is killed, done twice at once, done again, and never hears that it was done."""

import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bench.cluster import Cluster
from db.commands.closing.turn import take_turn
from db.session import writer_transaction
from tests.faults.closer import Closer, Told, closer, ended
from tests.support.closing import proved
from tests.support.database import Database, until_alone
from tests.support.relay import relay_to

SLUGS = ("anchor", "buoy", "cleat", "davit", "eddy", "fender")
FIRST = [f"{slug.upper()}-2026-0001" for slug in SLUGS]
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  #: as a client sends it; the server answers in other words
CLOSING = "SELECT count(*) FROM billing.billing_period WHERE state <> 'open'"


@pytest.fixture
def own(database: Database, tmp_path: Path) -> Closer:
    """Six clients, each with October to close."""
    return closer(database, tmp_path, *SLUGS)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server with the durability that the product has, to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="meterglass-f24-"))
    folder.chmod(0o711)
    made = Cluster(folder / "server")
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def until_more_are_cut(own: Closer, before: int) -> None:
    """Wait until a closer has begun with another client."""
    deadline = time.monotonic() + 60
    while own.rows(CLOSING) == [(before,)] and time.monotonic() < deadline:
        time.sleep(0.002)


def cut_months(own: Closer) -> int:
    return int(str(own.rows(CLOSING)[0][0]))


def test_f24_a_closer_that_is_killed_leaves_whole_documents_and_the_next_one_goes_on(
    own: Closer, tmp_path: Path
) -> None:
    chance = random.Random(20_261_128)  # noqa: S311 - seeded, not secret
    for _ in range(4):
        process, before = own.close(), cut_months(own)
        until_more_are_cut(own, before)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        until_alone(own.database)
        assert own.broken() == []
    assert ended(own.close()).code == 0
    assert own.broken() == []
    assert own.numbers() == FIRST
    # A killed closer may have left the beginning of one, under a name that is no head's.
    heads = sorted(path.name for path in (tmp_path / "heads").glob("*.note"))
    heads = [name for name in heads if not name.startswith(".")]
    assert heads == [f"{slug}.note" for slug in SLUGS]
    assert proved(own.own[0], FIRST[0], tmp_path) == []


def test_f24_a_database_that_is_killed_has_the_whole_document_or_none(
    cluster: Cluster, tmp_path: Path
) -> None:
    chance = random.Random(7)  # noqa: S311 - seeded, not secret
    own = closer(cluster.database, tmp_path, *SLUGS)
    for _ in range(2):
        process, before = own.close(), cut_months(own)
        until_more_are_cut(own, before)
        time.sleep(chance.uniform(0, 0.05))
        cluster.kill_postmaster()
        told = ended(process)
        assert told.code in {1, 2}
        assert not any("Traceback" in line for line in (*told.out, *told.err))
        cluster.restart()
        own = on(own, cluster.database)
        assert own.broken() == []
    assert ended(own.close()).code == 0
    assert own.broken() == []
    assert own.numbers() == FIRST


def on(own: Closer, database: Database) -> Closer:
    """The same clients, where their database has another address now."""
    grounds = [replace(each.ground, database=database) for each in own.own]
    return replace(
        own,
        own=[replace(each, ground=ground) for each, ground in zip(own.own, grounds, strict=True)],
        settings={**own.settings, **database.environment},
    )


def test_f25_of_two_closers_at_once_each_month_has_one_winner(own: Closer) -> None:
    first, second = ended_both(own)
    words = {
        slug: sorted(said.rsplit(", ", 1)[-1] for said in (*first.out, *second.out) if slug in said)
        for slug in SLUGS
    }
    assert own.numbers() == FIRST
    assert own.broken() == []
    for slug in SLUGS:
        assert sum(word == "issued." for word in words[slug]) == 1
    for told in (first, second):
        assert all("Another closer is at work" in line for line in told.err)
        assert told.code == bool(told.err)


def ended_both(own: Closer) -> tuple[Told, Told]:
    first, second = own.close(), own.close()
    return ended(first), ended(second)


def test_f25_a_second_closer_is_told_that_another_is_at_work(own: Closer) -> None:
    client = own.own[0].client_id
    with writer_transaction(own.database.writer, [client]) as connection:
        take_turn(connection, client)
        told = ended(own.start("close", "--period", "2026-10", "--client", "anchor"))
    assert told.code == 1
    assert told.err == (
        "anchor: refused: Another closer is at work for this client: nothing to do here.",
    )
    assert own.numbers() == []


def test_f26_closed_twice_it_is_the_same_document_and_no_new_number(own: Closer) -> None:
    told = [ended(own.close()) for _ in range(2)]
    assert [each.code for each in told] == [0, 0]
    assert told[0].out[0] == "anchor: ANCHOR-2026-0001, 150.00 EUR, issued."
    assert told[1].out[0] == "anchor: ANCHOR-2026-0001, 150.00 EUR, issued before."
    assert own.numbers() == FIRST
    assert own.broken() == []


@pytest.mark.parametrize(("number", "word"), [(3, "issued"), (4, "issued before")])
def test_f27_a_commit_whose_answer_is_lost_is_found_and_not_done_again(
    database: Database, tmp_path: Path, number: int, word: str
) -> None:
    """The third commit is that of the cut, the fourth that of the document."""
    own = closer(database, tmp_path, "anchor")
    port = make_url(database.writer_url).port or 0
    with relay_to(port) as relay:
        relay.lose_answer(COMMIT, number)
        through = relay.address(database.writer_url)
        told = ended(own.close(METERGLASS_DATABASE_URL_WRITER=through))
    assert (told.code, told.err) == (0, ())
    assert told.out[0] == f"anchor: ANCHOR-2026-0001, 150.00 EUR, {word}."
    assert own.numbers() == ["ANCHOR-2026-0001"]
    assert own.broken() == []
