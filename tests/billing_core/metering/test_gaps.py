from billing_core.metering import Gap, gaps_between
from tests.billing_core.made import HOUR, utc

MIDNIGHT, NOON = utc("2026-10-02T00:00"), utc("2026-10-02T12:00")


def test_a_level_that_ends_before_the_next_leaves_a_gap() -> None:
    stated = [utc("2026-10-02T06:00"), utc("2026-10-02T08:00")]
    gaps = gaps_between(stated, lasts=4 * HOUR, since=MIDNIGHT, until=NOON, resource="vm-1")
    assert list(gaps) == [
        Gap(resource="vm-1", starts_at=utc("2026-10-02T04:00"), ends_at=utc("2026-10-02T06:00"))
    ]


def test_a_source_that_falls_silent_is_a_gap_up_to_now() -> None:
    heard = [utc("2026-10-02T01:00")]
    assert list(gaps_between(heard, lasts=HOUR, since=MIDNIGHT, until=NOON)) == [
        Gap(resource=None, starts_at=utc("2026-10-02T02:00"), ends_at=NOON)
    ]


def test_no_gap_where_one_follows_when_the_other_ends() -> None:
    heard = [MIDNIGHT + count * HOUR for count in range(12)]
    assert list(gaps_between(heard, lasts=HOUR, since=MIDNIGHT, until=NOON)) == []
