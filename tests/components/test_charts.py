"""The picture of a period: its scale, its bands, its gaps, and the words on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from plotly.graph_objs import Figure

from billing_core.period import month_period
from components.charts import Finished, burn_up
from components.charts_picture import BurnUp, LabelledBand, Point, top_of
from components.format import Format
from components.marks import Band

PERIOD = month_period("2026-11", "UTC")
WRITING = Format(locale="en_GB", zone="UTC", currency="EUR")
START = datetime(2026, 11, 1, tzinfo=UTC)


def points(*quantities: int) -> tuple[Point, ...]:
    return tuple(
        Point(at=START + timedelta(days=day), quantity=Fraction(quantity))
        for day, quantity in enumerate(quantities)
    )


BANDS = (
    LabelledBand(
        band=Band(name="Base", starts_at=Fraction(0), ends_at=Fraction(100)), label="Base €0.10"
    ),
    LabelledBand(
        band=Band(name="<Peak>", starts_at=Fraction(100), ends_at=None, burst=True),
        label="<Peak> €0.20",
    ),
)
PICTURE = BurnUp(
    period=PERIOD,
    unit="hour",
    points=points(0, 20, 30, 60),
    before=(),
    before_label="",
    bands=BANDS,
    gaps=(),
    today=START + timedelta(days=3),
)


def drawn(picture: BurnUp) -> dict[str, Any]:
    return dict(burn_up(picture, WRITING))


def texts(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE,
        replace(PICTURE, bands=(), today=None),
        replace(PICTURE, before=points(0, 10, 40), before_label="October 2026"),
        replace(PICTURE, gaps=((START + timedelta(days=1), START + timedelta(days=2)),)),
    ],
)
def test_plotly_finds_nothing_wrong_and_adds_nothing_but_its_template(picture: BurnUp) -> None:
    figure = drawn(picture)
    written: dict[str, Any] = dict(Finished(figure).to_dict())
    filled = {name: value for name, value in written["layout"].items() if value != []}
    assert {**written, "layout": filled} == Figure(**figure).to_dict()


def test_the_scale_reaches_a_little_above_the_next_bound() -> None:
    assert top_of(PICTURE) == pytest.approx(114)


def test_a_bound_out_of_reach_does_not_flatten_the_course() -> None:
    assert top_of(replace(PICTURE, points=points(0, 10, 20))) == pytest.approx(24)


def test_a_picture_of_nothing_still_has_a_scale() -> None:
    assert top_of(replace(PICTURE, points=points(0), bands=())) == pytest.approx(1)


def test_bounds_are_the_marks_of_the_upright_scale() -> None:
    axis = drawn(PICTURE)["layout"]["yaxis"]
    assert axis["tickvals"] == [0.0, 100.0]
    assert axis["ticktext"] == ["0", "100 hours"]


def test_without_tiers_the_scale_is_marked_at_its_ends() -> None:
    axis = drawn(replace(PICTURE, bands=()))["layout"]["yaxis"]
    assert axis["tickvals"] == [0.0, 60.0]
    assert axis["ticktext"] == ["0", "60 hours"]


def test_bands_are_named_and_their_names_are_text() -> None:
    assert texts(drawn(PICTURE)) == ["Base €0.10", "&lt;Peak&gt; €0.20", "today"]


def test_a_gap_breaks_the_line_and_is_named() -> None:
    gap = (START + timedelta(days=1), START + timedelta(days=2))
    figure = drawn(replace(PICTURE, gaps=(gap,)))
    assert figure["data"][-1]["y"] == [0.0, 20.0, None, 30.0, 60.0]
    assert "no records" in texts(figure)


def test_a_short_gap_is_drawn_without_a_label() -> None:
    gap = (START + timedelta(days=1), START + timedelta(days=1, hours=2))
    figure = drawn(replace(PICTURE, gaps=(gap,)))
    assert "no records" not in texts(figure)
    assert len(figure["layout"]["shapes"]) == len(BANDS) + 2


def test_last_month_is_dotted_and_named() -> None:
    figure = drawn(replace(PICTURE, before=points(0, 10, 40), before_label="October 2026"))
    assert figure["data"][0]["line"]["dash"] == "dot"
    assert "October 2026" in texts(figure)


def test_an_ended_period_marks_no_today() -> None:
    assert "today" not in texts(drawn(replace(PICTURE, today=None)))


def test_a_point_says_its_day_and_quantity() -> None:
    assert drawn(PICTURE)["data"][0]["text"][1] == "2 Nov, 00:00<br>20 hours"
