"""What of the demo is in a database is read from the names of the files it took in."""

from datetime import UTC, date, datetime

from demo.state import loaded_from


def test_nothing_is_loaded_without_files() -> None:
    state = loaded_from([])
    assert state.anchor is None
    assert not state.is_whole


def test_the_first_load_gives_the_anchor_and_the_last_one_the_end() -> None:
    state = loaded_from(
        [
            "demo.kaveri.monitoring.20261122.20261122T093000.csv",
            "demo.kaveri.monitoring.20261122.20261124T101500.csv",
            "usage of november.csv",
        ]
    )
    assert state.anchor == date(2026, 11, 22)
    assert state.until == {"kaveri.monitoring": datetime(2026, 11, 24, 10, 15, tzinfo=UTC)}


def test_a_load_that_was_broken_off_is_not_whole() -> None:
    names = [
        "demo.harbor-foods.monitoring.20261122.20261122T093000.csv",
        "demo.late-2026-11.harbor-foods.monitoring.20261122.csv",
        "demo.refused.harbor-foods.monitoring.20261122.csv",
    ]
    assert not loaded_from(names[:-1]).is_whole
    assert loaded_from(names).is_whole
    assert loaded_from(names).files == set(names)
