"""When the demo's readings are posted: most at once, a few late, a few twice, always the same."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from demo.calendar import Window
from demo.clients import HARBOR_FOODS
from demo.generator import rows_of
from demo.schedule import Due, due_between, posting_times
from demo.setup_files import agreement_starts

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
ANCHOR = NOW.date()


def named(due: list[Due]) -> list[tuple[str, str, str, str]]:
    return [(each.client, each.source, each.row[2], each.row[0]) for each in due]


def test_a_time_cut_in_two_is_posted_as_the_whole() -> None:
    whole = due_between(ANCHOR, NOW - timedelta(hours=6), NOW)
    middle = NOW - timedelta(hours=2, minutes=41)
    parts = due_between(ANCHOR, NOW - timedelta(hours=6), middle) + due_between(ANCHOR, middle, NOW)
    assert len(whole) > 150
    assert parts == whole


def test_all_that_was_measured_is_posted_within_three_hours() -> None:
    since = NOW - timedelta(hours=6)
    posted = {
        name[2:]
        for name in named(due_between(ANCHOR, since, NOW + timedelta(hours=4)))
        if name[0] == "harbor-foods"
    }
    window = Window(anchor=ANCHOR, since=since, until=NOW)
    starts_on = agreement_starts(ANCHOR)["harbor-foods"]
    for source in HARBOR_FOODS.sources:
        for row in rows_of(HARBOR_FOODS, source, window, starts_on):
            assert (row[2], row[0]) in posted


def test_about_one_in_twenty_is_late_and_one_in_twenty_comes_twice() -> None:
    kinds: Counter[str] = Counter()
    for number in range(10_000):
        row = (f"vm/{number}", "", "data-out", "vm", "1", "", "", "", "")
        times = list(posting_times("monitoring", row, NOW))
        if len(times) > 1:
            assert times == [NOW, NOW + timedelta(seconds=30)]
            kinds["twice"] += 1
        elif times[0] > NOW:
            assert timedelta(minutes=20) <= times[0] - NOW < timedelta(hours=3)
            kinds["late"] += 1
        else:
            kinds["at once"] += 1
    assert 450 <= kinds["late"] <= 550
    assert 450 <= kinds["twice"] <= 550
    assert kinds["at once"] == 10_000 - kinds["late"] - kinds["twice"]


def test_the_same_reading_is_always_posted_at_the_same_times() -> None:
    row = ("vm/1", "", "data-out", "vm", "1", "", "", "", "")
    assert list(posting_times("s", row, NOW)) == list(posting_times("s", row, NOW))
