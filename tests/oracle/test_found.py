"""What hunts with the oracle found, each as the shortest stream that shows it."""

from datetime import UTC, date, datetime

from tests.oracle.ground import Ground, new_ground
from tests.oracle.judgement import differences
from tests.oracle.plain.months import Month
from tests.oracle.plain.said import Said
from tests.oracle.plain.verdict import Stream
from tests.support.database import Database


def said(own_id: str, meter: str, at: str, quantity: str = "1", resource: str = "vm-1") -> Said:
    return Said(own_id, meter, datetime.fromisoformat(at), quantity, resource)


def correcting(said: Said, wrong: str) -> Said:
    return said._replace(corrects=wrong, reason="was wrong")


def recorded(database: Database, stream: Stream) -> Ground:
    """A client with the whole stream recorded, in the order in which it stands."""
    ground = new_ground(database, stream.zone)
    ground.load(stream.events, stream.as_of)
    ground.notice(stream.as_of)
    return ground


def test_the_half_hour_that_lord_howe_shows_twice_has_its_records(
    oracle_database: Database,
) -> None:
    """01:30 comes at 14:30 and at 15:00 UTC; the drill-down looked an hour too early."""
    events = (
        said("a", "egress", "2026-04-04T14:40:00Z", "3"),
        said("b", "egress", "2026-04-04T15:00:00Z", "4"),
    )
    as_of = datetime(2026, 4, 5, tzinfo=UTC)
    stream = Stream("Australia/Lord_Howe", events, as_of)
    assert differences(recorded(oracle_database, stream), stream) == []


def test_a_late_correction_changes_what_an_issued_month_carries_on(
    oracle_database: Database,
) -> None:
    """October stays as issued with its 5; November starts without them."""
    zone = "Europe/Amsterdam"
    wrong = said("a", "seats", "2026-10-20T10:00:00Z", "5", "vm-2")
    right = correcting(said("b", "seats", "2026-10-20T10:00:00Z", "2", "vm-1"), "a")
    after = said("c", "seats", "2026-11-02T10:00:00Z", "1", "vm-3")
    ground = new_ground(oracle_database, zone)
    as_of = datetime(2026, 11, 15, tzinfo=UTC)
    ground.load([wrong], as_of)
    october = Month(date(2026, 10, 1), zone)
    ground.issue(october)
    ground.load([right, after], as_of)
    ground.notice(as_of)
    stream = Stream(zone, (wrong, right, after), as_of, closed=(october,), early=(wrong,))
    assert differences(ground, stream) == []


def test_a_bound_of_a_price_that_ended_is_passed_by_what_comes_after_later_events(
    oracle_database: Database,
) -> None:
    """The price of before 15 October has a threshold at 8; the 10 of that day came first."""
    zone = "Asia/Kolkata"
    later = said("c", "egress", "2026-10-15T06:40:00Z", "10", "vm-2")
    earlier = (
        said("a", "egress", "2026-10-05T18:30:00Z", "7.25", "vm-1"),
        said("b", "egress", "2026-10-12T06:30:00Z", "7.25", "vm-2"),
    )
    ground = new_ground(oracle_database, zone)
    as_of = datetime(2026, 10, 20, tzinfo=UTC)
    ground.load([later], as_of)
    ground.load(earlier, as_of)
    stream = Stream(zone, (later, *earlier), as_of)
    assert differences(ground, stream) == []
