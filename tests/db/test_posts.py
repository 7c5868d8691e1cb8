"""Posts: one outcome per event, whatever becomes of it, and the same post again changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent
from db.commands.ingest import (
    Batch,
    Outcome,
    UnknownSourceError,
    encoded,
    offered_event,
    record_posted,
)
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground, ground

AS_OF = datetime(2026, 11, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A row that its reader refused."""

    line: int
    code: str = "time"
    reason: str = "it isn't an instant"
    record: str = '{"time": "tomorrow"}'


def posted(client: Ground, *events: UsageEvent, refused: tuple[Unread, ...] = ()) -> list[str]:
    return [each.outcome for each in outcomes(client, *events, refused=refused)]


def outcomes(
    client: Ground, *events: UsageEvent, refused: tuple[Unread, ...] = ()
) -> tuple[Outcome, ...]:
    taken = {each.line for each in refused}
    lines = [line for line in range(1, len(events) + len(taken) + 1) if line not in taken]
    offered = [offered_event(line, event) for line, event in zip(lines, events, strict=True)]
    batch = Batch(lines=encoded(offered), count=len(offered), refused=refused)
    return record_posted(client.database.writer, client.client_id, SOURCE, batch, as_of=AS_OF)


def test_each_posted_event_has_an_outcome_in_order_of_lines(database: Database) -> None:
    client = ground(database)
    first = client.event("2026-11-02T10:00:00+00:00", "5", id_="a")
    unknown = client.event("2026-11-02T10:00:00+00:00", "5", meter="nonsense")
    later = client.event("2026-11-02T11:00:00+00:00", "6")
    given = outcomes(client, first, unknown, later, refused=(Unread(line=2),))
    assert given == (
        Outcome(line=1, outcome="accepted", event_id=first.event_id),
        Outcome(line=2, outcome="rejected", code="time", reason="it isn't an instant"),
        Outcome(
            line=3,
            outcome="rejected",
            event_id=unknown.event_id,
            code="meter",
            reason="there is no meter 'nonsense'; add it to the setup, then load again",
        ),
        Outcome(line=4, outcome="accepted", event_id=later.event_id),
    )


def test_a_post_sent_again_is_all_duplicates_and_changes_nothing(database: Database) -> None:
    client = ground(database)
    events = [client.event(f"2026-11-02T{hour:02d}:00:00+00:00", "1") for hour in range(5)]
    assert posted(client, *events) == ["accepted"] * 5
    before = client.rows("SELECT version FROM billing.client_version WHERE client_id = :client")
    assert posted(client, *events) == ["duplicate"] * 5
    after = client.rows("SELECT version FROM billing.client_version WHERE client_id = :client")
    assert before == after
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(5, 5)]


def test_f02_of_equal_events_in_one_post_the_first_is_accepted(database: Database) -> None:
    client = ground(database)
    event = client.event("2026-11-02T10:00:00+00:00", "5")
    other = client.event("2026-11-02T11:00:00+00:00", "7")
    assert posted(client, event, other, event) == ["accepted", "accepted", "duplicate"]


def test_f03_other_content_under_the_same_id_is_rejected_in_the_same_and_in_a_later_post(
    database: Database,
) -> None:
    client = ground(database)
    first = client.event("2026-11-02T10:00:00+00:00", "5", id_="a")
    other = client.event("2026-11-02T10:00:00+00:00", "6", id_="a")
    assert posted(client, first, other) == ["accepted", "rejected"]
    (again,) = outcomes(client, other)
    assert (again.outcome, again.code, again.event_id) == ("rejected", "conflict", first.event_id)


def test_f17_a_posted_event_of_a_closed_month_is_late(database: Database) -> None:
    client = ground(database)
    posted(client, client.event("2026-10-02T10:00:00+00:00", "5"))
    client.close("2026-10")
    late = client.event("2026-10-03T10:00:00+00:00", "6")
    on_time = client.event("2026-11-03T10:00:00+00:00", "6")
    assert posted(client, late, on_time) == ["late", "accepted"]
    assert posted(client, on_time, late) == ["duplicate", "duplicate"]


def test_a_post_leaves_no_run_and_its_rejections_name_the_source_and_are_kept_once(
    database: Database,
) -> None:
    client = ground(database)
    for _ in range(2):
        assert posted(client, refused=(Unread(line=1),)) == ["rejected"]
    assert client.rows(
        "SELECT r.ingest_run_id, s.code, r.line, r.code, r.record FROM billing.rejected_record r"
        " JOIN billing.source s USING (client_id, source_id) WHERE r.client_id = :client"
    ) == [(None, "collector", 1, "time", '{"time": "tomorrow"}')]
    assert client.rows("SELECT count(*) FROM billing.ingest_run WHERE client_id = :client") == [
        (0,)
    ]


def test_a_post_under_a_source_that_nobody_set_up_raises(database: Database) -> None:
    client = ground(database)
    with pytest.raises(UnknownSourceError):
        record_posted(client.database.writer, client.client_id, "nobody", Batch(lines=b"", count=0))


def test_an_empty_post_has_no_outcomes(database: Database) -> None:
    assert outcomes(ground(database)) == ()


def test_f02_many_writers_posting_the_same_accept_each_event_once(database: Database) -> None:
    client = ground(database)
    events = [
        client.event(f"2026-11-02T{hour:02d}:00:00+00:00", "1", resource=f"vm-{vm}")
        for hour in range(24)
        for vm in range(5)
    ]
    posts = [[*events], [*reversed(events)], events[60:] + events[:60], [*events]]
    with ThreadPoolExecutor(4) as writers:
        results = [*writers.map(lambda post: outcomes(client, *post), posts)]
    accepted = [each.event_id for post in results for each in post if each.outcome == "accepted"]
    assert len(accepted) == len(set[UUID | None](accepted)) == 120
    assert {each.outcome for post in results for each in post} == {"accepted", "duplicate"}
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(120, 120)]


def test_an_event_that_withdraws_can_be_posted(database: Database) -> None:
    client = ground(database)
    wrong = client.event("2026-11-02T10:00:00+00:00", "5", id_="wrong")
    back = replace(
        client.event("2026-11-02T10:00:00+00:00", "0", id_="back"),
        supersedes=wrong.event_id,
        reason="never happened",
        withdraws=True,
    )
    assert posted(client, wrong, back) == ["accepted", "accepted"]
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(0, 0)]


def test_a_price_that_changes_between_two_posts_is_seen_by_the_second(database: Database) -> None:
    client = ground(database)
    assert posted(client, client.event("2026-11-02T10:00:00+00:00", "50")) == ["accepted"]
    with database.as_owner() as connection:
        connection.execute(
            text(
                "UPDATE billing.price_tier t SET up_to = 60 FROM billing.price p"
                " WHERE p.client_id = :client AND t.client_id = :client"
                " AND p.price_id = t.price_id AND p.code = 'egress' AND t.ordinal = 1"
            ),
            {"client": client.client_id},
        )
    assert posted(client, client.event("2026-11-02T11:00:00+00:00", "20")) == ["accepted"]
    assert client.rows(
        "SELECT bound::int, total_before::int, total_after::int FROM billing.crossing"
        " WHERE client_id = :client AND kind = 'tier'"
    ) == [(60, 50, 70)]
