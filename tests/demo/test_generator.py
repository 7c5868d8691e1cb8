"""The demo's readings: the same each time, enough of them, with the stories they are to tell."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo.calendar import MONTHS, Window, day_in, first_day, moved
from demo.clients import HARBOR_FOODS, KAVERI, MAPLE_DENTAL, PORTRAITS, VANDENBERG
from demo.generator import afterwards, digest, rows_of, whole_window, write_files
from demo.incidents import stragglers, unusable_readings
from demo.portrait import Portrait
from demo.rhythm import OFFICE, Episode, factor_on, grown
from demo.rows import HEADER, Row, UsageFile
from demo.setup_files import agreement_starts

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
STARTS = agreement_starts(NOW.date())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[UsageFile, ...]:
    folder = tmp_path_factory.mktemp("usage")
    return write_files(folder, whole_window(NOW.date(), NOW), STARTS)


def records(files: Sequence[UsageFile], client: str, source: str) -> list[dict[str, str]]:
    [found] = [one for one in files if (one.client, one.source) == (client, source)]
    with found.path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_fourteen_months_are_more_than_three_hundred_thousand_events(
    files: tuple[UsageFile, ...],
) -> None:
    assert sum(one.rows for one in files) >= 300_000


def test_the_same_window_gives_the_same_bytes(tmp_path: Path) -> None:
    window = whole_window(NOW.date(), NOW, months=2)
    digests = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        digests.append(digest(write_files(tmp_path / name, window, STARTS, thinning=6)))
    assert digests[0] == digests[1]


def test_a_later_end_only_adds_rows_at_the_end() -> None:
    starts = STARTS["harbor-foods"]
    earlier = whole_window(NOW.date(), NOW, months=1)
    later = whole_window(NOW.date(), NOW + timedelta(days=3), months=1)
    for source in HARBOR_FOODS.sources:
        before = list(rows_of(HARBOR_FOODS, source, earlier, starts))
        after = list(rows_of(HARBOR_FOODS, source, later, starts))
        assert after[: len(before)] == before
        assert len(after) > len(before)


def test_a_top_up_is_what_the_longer_window_has_more() -> None:
    starts = STARTS["kaveri"]
    end = NOW + timedelta(hours=30)
    whole = whole_window(NOW.date(), end, months=1)
    first = whole_window(NOW.date(), NOW, months=1)
    rest = Window(anchor=NOW.date(), since=NOW, until=end)
    for source in KAVERI.sources:
        parts = [*rows_of(KAVERI, source, first, starts), *rows_of(KAVERI, source, rest, starts)]
        assert parts == list(rows_of(KAVERI, source, whole, starts))


def test_rows_come_in_the_order_in_which_they_occurred(files: tuple[UsageFile, ...]) -> None:
    for one in files:
        times = [record["time"] for record in records(files, one.client, one.source)]
        assert times == sorted(times)
        assert times[-1] < "2026-11-22T09:30:00Z"


def test_no_two_rows_of_a_source_and_meter_share_their_id(files: tuple[UsageFile, ...]) -> None:
    for one in files:
        found = records(files, one.client, one.source)
        ids = Counter((record["meter"], record["id"]) for record in found)
        assert max(ids.values()) == 1


def test_all_nine_meters_report(files: tuple[UsageFile, ...]) -> None:
    meters = {record["meter"] for one in files for record in records(files, one.client, one.source)}
    assert meters == {
        "backup-storage",
        "cloud-eur",
        "cloud-usd",
        "compute-hours",
        "data-out",
        "managed-devices",
        "remote-users",
        "security-logs",
        "vpn-peak",
    }


def test_the_young_client_has_nothing_before_its_agreement(files: tuple[UsageFile, ...]) -> None:
    first = records(files, "kaveri", "monitoring")[0]["time"]
    assert first == "2026-08-16T19:26:00Z"  # 17 August, 00:56 in Kolkata


def test_two_sources_of_one_client_are_silent_for_days(files: tuple[UsageFile, ...]) -> None:
    days = {record["time"][:10] for record in records(files, "vandenberg", "backup-collector")}
    assert "2026-11-12" in days
    assert not days & {"2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16"}
    assert "2026-11-17" in days


def test_one_client_has_gone_beyond_its_burst_bound(files: tuple[UsageFile, ...]) -> None:
    levels = [
        int(record["quantity"])
        for record in records(files, "harbor-foods", "remote-gateway")
        if record["meter"] == "vpn-peak" and record["time"] >= "2026-11-01T05:00:00Z"
    ]
    assert 45 < max(levels) < 75  # included 10 + 35: above that it is a burst


def test_one_client_stands_at_eighty_per_cent_of_a_tier(files: tuple[UsageFile, ...]) -> None:
    levels = [
        record["quantity"]
        for record in records(files, "maple-dental", "monitoring")
        if record["meter"] == "managed-devices"
    ]
    assert levels[-1] == "24"  # of 30


def told(rows: Iterable[Row]) -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def sent_afterwards(portrait: Portrait, source: str, months: int = 2) -> list[dict[str, str]]:
    window, starts_on = whole_window(NOW.date(), NOW, months), STARTS[portrait.slug]
    return told(afterwards(portrait, source, window, starts_on))


def test_a_wrong_reading_is_corrected_by_its_source_afterwards(
    files: tuple[UsageFile, ...],
) -> None:
    measured = {each["id"]: each for each in records(files, "vandenberg", "monitoring")}
    corrections = sent_afterwards(VANDENBERG, "monitoring")
    wrong = [measured[each["supersedes"]]["quantity"] for each in corrections]
    assert wrong == ["1840.5", "6120.5"]
    assert [each["quantity"] for each in corrections] == ["2.914", "6.1205"]
    assert corrections[0]["reason"] == "Probe also counted the backup network"
    assert not any(each["supersedes"] for each in measured.values())


def test_what_was_measured_before_the_first_month_is_not_corrected() -> None:
    assert len(sent_afterwards(VANDENBERG, "monitoring", months=1)) == 1  # three days ago


def test_one_reading_is_withdrawn_and_four_cannot_be_used() -> None:
    sent = sent_afterwards(HARBOR_FOODS, "monitoring")
    assert [each["withdraws"] for each in sent] == ["true"]
    refused = told(unusable_readings(HARBOR_FOODS, "monitoring", NOW.date()))
    others = [(each["meter"], each["quantity"]) for each in refused]
    assert sorted(others) == [("data-in", "18.2"), *[("data-out", "1,204.5")] * 3]


def test_the_first_day_of_the_burst_is_sent_after_all_else(
    files: tuple[UsageFile, ...],
) -> None:
    sent = sent_afterwards(HARBOR_FOODS, "remote-gateway")
    assert {each["meter"] for each in sent} == {"vpn-peak"}
    assert sent[0]["time"] == "2026-11-11T05:30:00Z"  # midnight in New York, eleven days before
    measured = [
        each["time"][:10]
        for each in records(files, "harbor-foods", "remote-gateway")
        if each["meter"] == "vpn-peak"
    ]
    assert "2026-11-10" in measured


def test_one_correction_is_of_a_reading_that_never_comes(
    files: tuple[UsageFile, ...],
) -> None:
    [sent] = sent_afterwards(KAVERI, "monitoring")
    assert sent["reason"] == "Counter wrapped around"
    assert sent["supersedes"] not in {each["id"] for each in records(files, "kaveri", "monitoring")}


def late(portrait: Portrait, source: str, billed: int, months: int = MONTHS) -> list[str]:
    window = whole_window(NOW.date(), NOW, months)
    found = told(stragglers(portrait, source, window, billed))
    return [f"{each['meter']} {each['time'][:7]} {each['quantity']}" for each in found]


def test_what_is_late_comes_before_the_month_that_bills_it_is_closed() -> None:
    assert late(VANDENBERG, "monitoring", -3) == ["security-logs 2026-07 340.25"]
    assert late(VANDENBERG, "monitoring", -2) == ["security-logs 2026-07 45.5"]
    assert late(VANDENBERG, "monitoring", -1) == []
    assert late(HARBOR_FOODS, "monitoring", -3) == ["data-out 2026-03 347.5"]


def test_what_is_late_of_months_that_are_not_made_does_not_come() -> None:
    assert late(VANDENBERG, "monitoring", -3, months=4) == []


def test_a_correction_of_an_issued_month_replaces_what_was_measured_in_time(
    files: tuple[UsageFile, ...],
) -> None:
    [sent] = told(stragglers(HARBOR_FOODS, "cloud-bill", whole_window(NOW.date(), NOW), -3))
    measured = {each["id"]: each for each in records(files, "harbor-foods", "cloud-bill")}
    assert measured[sent["supersedes"]]["quantity"] == "412.40"
    assert (sent["quantity"], sent["reason"]) == (
        "41.24",
        "Decimal point lost in the vendor's bill",
    )


def test_nothing_late_is_of_the_running_month_or_comes_in_its_own() -> None:
    for portrait in PORTRAITS:
        for each in portrait.stragglers:
            assert each.month < each.billed <= 0
            assert 1 <= each.day <= 28


def test_work_has_a_weekly_rhythm(files: tuple[UsageFile, ...]) -> None:
    zone = ZoneInfo("America/New_York")
    by_weekday = Counter(
        datetime.fromisoformat(record["time"]).astimezone(zone).weekday()
        for record in records(files, "harbor-foods", "remote-gateway")
        if record["meter"] == "remote-users"
    )
    assert by_weekday[2] > 5 * by_weekday[6]


def test_thinner_readings_keep_the_amounts() -> None:
    window = whole_window(NOW.date(), NOW, months=2)
    starts = STARTS["maple-dental"]
    dense = list(rows_of(MAPLE_DENTAL, "monitoring", window, starts))
    thin = list(rows_of(MAPLE_DENTAL, "monitoring", window, starts, thinning=24))
    assert len(thin) * 4 < len(dense)
    out = [sum(float(row[4]) for row in rows if row[2] == "data-out") for rows in (dense, thin)]
    assert out[1] == pytest.approx(out[0], rel=0.03)


def test_no_days_are_lost_or_doubled_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    lengths = [
        len(day_in(zone, date(2026, 3, 29), NOW.date()).hours),
        len(day_in(zone, date(2026, 10, 25), NOW.date()).hours),
        len(day_in(ZoneInfo("Asia/Kolkata"), date(2026, 10, 25), NOW.date()).hours),
    ]
    assert lengths == [23, 25, 24]


def test_a_day_starts_at_midnight_on_the_clients_clock() -> None:
    day = day_in(ZoneInfo("Asia/Kolkata"), date(2026, 11, 22), NOW.date())
    assert day.hours[0] == datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    assert day.clock[:3] == (0, 1, 2)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 16), -9, date(2026, 2, 16)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), -12, date(2025, 12, 31)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
    ],
)
def test_days_move_by_whole_months(day: date, months: int, expected: date) -> None:
    assert moved(day, months) == expected


def test_thirteen_months_lie_before_the_anchors_own() -> None:
    assert first_day(date(2026, 11, 22)) == date(2025, 10, 1)


def test_growth_ends_two_months_after_the_anchor() -> None:
    assert grown(0.02, 60) == grown(0.02, 400)
    assert grown(0.02, -365) == pytest.approx(0.788, abs=0.001)


def test_an_episode_counts_on_its_first_and_last_day() -> None:
    episode = Episode(first=-2, last=-1, factor=3.0)
    zone = ZoneInfo("UTC")
    factors = [
        factor_on(day_in(zone, NOW.date() + timedelta(days=age), NOW.date()), 0.0, [episode])
        for age in (-3, -2, -1, 0)
    ]
    assert factors == [1.0, 3.0, 3.0, 1.0]


def test_the_weights_of_a_week_have_the_mean_one() -> None:
    assert sum(OFFICE.by_weekday) / 7 == pytest.approx(1)
    assert sum(OFFICE.by_hour) / 24 == pytest.approx(1)


def test_every_portrait_has_an_agreement() -> None:
    assert {portrait.slug for portrait in PORTRAITS} == set(STARTS)
    assert VANDENBERG.zone == "Europe/Amsterdam"
