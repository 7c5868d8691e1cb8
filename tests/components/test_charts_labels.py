"""Where a tier's words stand: beside the lines."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from billing_core.period import month_period
from components.charts_labels import Box, Corner, corner_of, lines_of
from components.charts_picture import BurnUp, Point

START = datetime(2026, 11, 1, tzinfo=UTC)


def box(left: float, right: float, low: float, high: float) -> Box:
    return Box(left=left, right=right, low=low, high=high)


@pytest.mark.parametrize(
    ("taken", "across", "upright"),
    [
        ((), "left", "top"),
        ((box(0.0, 0.1, 0.3, 0.4),), "left", "bottom"),
        ((box(0.0, 0.1, 0.0, 0.4),), "right", "top"),
        ((box(0.0, 1.0, 0.0, 1.0),), "left", "top"),
    ],
)
def test_words_stand_in_the_first_corner_that_no_line_is_in(
    taken: tuple[Box, ...], across: str, upright: str
) -> None:
    assert corner_of("Base", (0.0, 0.4), taken, ()) == Corner(across=across, upright=upright)


def test_lines_are_known_piece_by_piece_and_last_month_s_name_with_them() -> None:
    points = tuple(
        Point(at=START + timedelta(days=day), quantity=Fraction(quantity))
        for day, quantity in ((0, 0), (15, 50))
    )
    picture = BurnUp(
        period=month_period("2026-11", "UTC"),
        unit="hour",
        points=points,
        before=points,
        before_label="October 2026",
        bands=(),
        gaps=(),
        today=None,
    )
    course, ghost, name = lines_of(picture, 100.0)
    assert course == box(0.0, 0.5, 0.0, 0.5)
    assert ghost == course
    assert name.low < 0.5 < name.high
    assert name.right == 1.0


def test_words_stand_rather_on_today_than_on_a_line() -> None:
    lines = (box(0.0, 0.3, 0.0, 1.0),)
    today = (box(0.95, 0.95, 0.0, 1.0),)
    assert corner_of("Base", (0.0, 0.4), lines, today) == Corner(across="right", upright="top")
