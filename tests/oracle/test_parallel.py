"""Two processes post the same stream in different orders; one is killed in the middle."""

import random

import pytest

from tests.oracle.ground import Ground, new_ground
from tests.oracle.judgement import differences
from tests.oracle.sender import Sender, post_sender
from tests.oracle.streams import cut, seeded_stream
from tests.support.database import Database


@pytest.mark.parametrize("seed", [1, 2])
def test_two_processes_one_of_them_killed_come_to_what_the_oracle_says(
    oracle_database: Database, seed: int
) -> None:
    stream = seeded_stream(seed, 120)
    ground = new_ground(oracle_database, stream.zone)
    chosen = random.Random(seed)  # noqa: S311 - a seeded order

    def sender(size: int) -> Sender:
        order = chosen.sample(stream.events, len(stream.events))
        return post_sender(ground, stream.as_of, cut(order, size))

    killed, other = sender(4), sender(9)
    killed.go()
    other.go()
    killed.listen(until=15)
    killed.kill()
    killed.wait()
    again = sender(7)
    again.go()
    for each in (other, again):
        each.listen()
        assert each.is_done, each.wait()
        each.wait()
    ground.notice(stream.as_of)
    assert differences(ground, stream) == []
    assert refused(ground) == 0


def refused(ground: Ground) -> int:
    """How many records were rejected."""
    return ground.count("SELECT count(*) FROM billing.rejected_record WHERE client_id = :client")
