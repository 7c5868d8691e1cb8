"""Writers and PostgreSQL killed at random points: python -m bench.kills --kills 50 --seed 7.

Each round has a client of its own and a stream of events of every kind. One process loads two files
of it, another one posts; they overlap. At a random point SIGKILL ends one of the two, a backend of
PostgreSQL or its postmaster. Then the server is started again, what was acknowledged must be there,
and both do their work again from the start. In the end nothing may be missing or double, and
rollups, totals, crossings, added amounts and leaves must be what the oracle finds.

The server has the durability that the product has.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from bench.cluster import Cluster
from bench.figures import Figure, Scale
from tests.oracle import stored
from tests.oracle.ground import Ground, new_ground
from tests.oracle.judgement import differences
from tests.oracle.plain.said import Said, effective
from tests.oracle.plain.verdict import Stream
from tests.oracle.sender import Sender, file_sender, post_sender, write_file
from tests.oracle.streams import by_source, cut, seeded_stream

KILLS: Final = {"small": 5, "full": 50}
SEED: Final = 20261123
EVENTS: Final = 160  #: of a round
POST: Final = 6  #: events
VICTIMS: Final = ("loader", "poster", "backend", "postmaster")


@dataclass(kw_only=True)
class Score:
    """What was found after all kills."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    events: int = 0
    acknowledged: int = 0  #: before a kill
    interrupted: int = 0  #: rounds in which somebody was stopped in the middle of the work
    lost: int = 0
    doubled: int = 0
    unlike: list[str] = field(default_factory=list)  #: where the oracle finds something else

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or unlike the oracle's."""
        return not (self.lost or self.doubled or self.unlike)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The work of one round: what is in files and what is posted."""

    stream: Stream
    filed: tuple[Said, ...]
    files: tuple[tuple[Path, str], ...]  #: with their source
    posts: tuple[tuple[Said, ...], ...]

    @classmethod
    def seeded(cls, seed: int, folder: Path) -> "Round":
        """Two thirds in files, two thirds in posts: one third comes both ways."""
        stream = seeded_stream(seed, EVENTS)
        order = random.Random(seed).sample(stream.events, EVENTS)
        third = EVENTS // 3
        filed = tuple(order[: 2 * third])
        files = tuple(
            (write_file(folder / f"{part[0].source}.csv", part), part[0].source)
            for part in by_source(filed)
        )
        return cls(stream=stream, filed=filed, files=files, posts=tuple(cut(order[third:], POST)))

    def senders(self, ground: Ground) -> tuple[Sender, Sender]:
        """One that loads the files and one that posts."""
        as_of = self.stream.as_of
        return file_sender(ground, as_of, self.files), post_sender(ground, as_of, self.posts)


def kill_and_repeat(kills: int, seed: int) -> Score:
    """Do the rounds, in a server of their own."""
    chosen, score = random.Random(seed), Score()
    folder = Path(tempfile.mkdtemp(prefix="meterglass-kills-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "server")
    try:
        seconds = _undisturbed(cluster, folder, seed)
        for number in range(1, kills + 1):
            work = Round.seeded(seed + number, folder)
            victim, after = VICTIMS[number % len(VICTIMS)], chosen.uniform(0, seconds)
            print(f"kill {number}: the {victim} after {after:.3f} s, seed {seed + number}")
            _round(cluster, work, victim, after, score)
    finally:
        cluster.stop()
        shutil.rmtree(folder)
    return score


def _undisturbed(cluster: Cluster, folder: Path, seed: int) -> float:
    """How long a round takes that nobody disturbs."""
    work = Round.seeded(seed, folder)
    senders = work.senders(new_ground(cluster.database, work.stream.zone))
    began = time.perf_counter()
    _send(senders)
    return time.perf_counter() - began


def _round(cluster: Cluster, work: Round, victim: str, after: float, score: Score) -> None:
    """Kill in the middle, start again, look, repeat, look again."""
    ground = new_ground(cluster.database, work.stream.zone)
    senders = work.senders(ground)
    loader, poster = senders
    for each in senders:
        each.go()
    time.sleep(after)
    _kill(cluster, victim, senders)
    for each in senders:
        each.listen()
        each.wait()
    cluster.restart()
    ground = replace(ground, database=cluster.database)
    promised = [said for post in work.posts[: poster.acknowledged] for said in post]
    promised += work.filed if loader.is_done else []
    score.lost += len({each.identity for each in promised} - _stored(ground))
    _send(work.senders(ground))
    score.kills[victim] += 1
    score.interrupted += not (loader.is_done and poster.is_done)
    score.acknowledged += len(promised)
    _look(ground, work, score)


def _kill(cluster: Cluster, victim: str, senders: tuple[Sender, Sender]) -> None:
    if victim == "postmaster":
        cluster.kill_postmaster()
    elif victim == "backend":
        cluster.kill_backend()
    else:
        senders[victim == "poster"].kill()


def _send(senders: tuple[Sender, Sender]) -> None:
    """Let both do all of their work."""
    for each in senders:
        each.go()
    for each in senders:
        each.listen()
        complaint = each.wait()
        if not each.is_done:
            raise ChildProcessError(complaint)


def _look(ground: Ground, work: Round, score: Score) -> None:
    """Count what is lost and doubled once all is done, and ask the oracle."""
    ground.notice(work.stream.as_of)
    counted = ground.count(
        "SELECT coalesce(sum(event_count), 0)::int FROM billing.usage_hour "
        "WHERE client_id = :client"
    )
    score.events += EVENTS
    score.lost += len({each.identity for each in work.stream.events} - _stored(ground))
    score.doubled += max(0, counted - len(effective(work.stream.events)))
    score.unlike += differences(ground, work.stream)


def _stored(ground: Ground) -> set[UUID]:
    with ground.database.as_writer(ground.client_id) as connection:
        return set(stored.events(connection, ground.client_id))


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Kill five times, or fifty times."""
    score = kill_and_repeat(KILLS[scale], SEED)
    return (
        Figure(
            name=f"{KILLS[scale]} × SIGKILL of a writer or of PostgreSQL in the middle of its work",
            value=f"{score.lost} lost, {score.doubled} doubled, {len(score.unlike)} unlike",
            limit="0 lost, 0 doubled, all as the oracle finds it",
            within=score.is_clean,
            note=_note(score),
        ),
    )


def _note(score: Score) -> str:
    victims = ", ".join(f"{victim} {number}" for victim, number in score.kills.items())
    return (
        f"{victims}; {score.interrupted} kills met work unfinished, after {score.acknowledged:,} "
        f"acknowledged events of {score.events:,}; seed {SEED}"
    )


def main() -> int:
    """Print what was found; 1 if anything was lost, doubled or unlike the oracle's."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS["full"])
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    score = kill_and_repeat(arguments.kills, arguments.seed)
    print(score)
    return int(not score.is_clean)


if __name__ == "__main__":
    sys.exit(main())
