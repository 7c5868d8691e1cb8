"""The colours of the one style sheet can be told apart, in light and in dark."""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[2] / "components/look.css").read_text("utf-8")
TEXTS = ("text", "quiet", "warning-text", "over-text", "accent")
FILLS = ("fixed", "variable", "less", "warning-edge", "over", "before", "axis")
GROUNDS = ("background", "panel", "band-0", "band-1", "band-2", "band-burst")
SCHEMES = {"light": 0, "dark": 1}


def colour(name: str, scheme: str) -> str:
    found = re.search(rf"--mg-{name}: light-dark\((#\w+), (#\w+)\);", SHEET)
    assert found, name
    return found[SCHEMES[scheme] + 1]


def luminance(written: str) -> float:
    channels = [int(written[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_texts_stand_out_by_4_5(scheme: str, ground: str) -> None:
    weak = [t for t in TEXTS if contrast(colour(t, scheme), colour(ground, scheme)) < 4.5]
    assert weak == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_fills_stand_out_by_3(scheme: str, ground: str) -> None:
    weak = [f for f in FILLS if contrast(colour(f, scheme), colour(ground, scheme)) < 3]
    assert weak == []


def test_black_on_white_has_the_highest_contrast() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
