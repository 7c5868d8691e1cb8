"""In whatever order and company events arrive, what they come to is what the oracle says."""

from hypothesis import given

from tests.oracle.ground import new_ground
from tests.oracle.judgement import differences
from tests.oracle.profiles import bounded
from tests.oracle.strategies import Arrival, arrivals
from tests.support.database import Database


@bounded(50)
@given(arrival=arrivals())
def test_every_order_comes_to_what_the_oracle_says(
    oracle_database: Database, arrival: Arrival
) -> None:
    ground = new_ground(oracle_database, arrival.stream.zone)
    for batch, posted in zip(arrival.batches, arrival.posted, strict=True):
        (ground.post if posted else ground.load)(batch, arrival.stream.as_of)
    ground.notice(arrival.stream.as_of)
    assert differences(ground, arrival.stream) == []
