"""Marks place their bars where the numbers say, and say it in words."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest

from components.marks import (
    Band,
    Column,
    bullet,
    fixed_and_variable,
    scale_of,
    stacked_columns,
    step_of,
)

TIERS = (
    Band(name="Base", starts_at=Fraction(0), ends_at=Fraction(500)),
    Band(name="Growth", starts_at=Fraction(500), ends_at=Fraction(700)),
    Band(name="Burst", starts_at=Fraction(700), ends_at=None, burst=True),
)


def test_an_open_last_tier_is_drawn_a_seventh_of_its_bound_wide() -> None:
    assert scale_of(Fraction(100), TIERS) == 800


def test_a_quantity_beyond_the_scale_stretches_it() -> None:
    assert scale_of(Fraction(1000), TIERS) == 1050


def test_a_bullet_places_its_bands_and_its_bar() -> None:
    drawn = bullet(Fraction(400), TIERS, "half way", warned=False)
    places = re.findall(r'class="([^"]+)" style="left:([\d.]+)%?;width:([\d.]+)%"', drawn)
    assert places == [
        ("mg-band mg-fill-band-0", "0.000", "62.500"),
        ("mg-band mg-fill-band-1 mg-bound", "62.500", "25.000"),
        ("mg-band mg-fill-band-burst mg-bound", "87.500", "12.500"),
        ("mg-reach mg-fill-variable", "0", "50.000"),
    ]
    assert 'role="img" aria-label="half way"' in drawn


def test_a_warned_bullet_is_amber() -> None:
    assert "mg-reach mg-fill-warning" in bullet(Fraction(650), TIERS, "near", warned=True)


def test_the_bar_of_fixed_and_variable_has_their_proportion() -> None:
    drawn = fixed_and_variable(Decimal(300), Decimal(100), "x")
    assert "mg-fill-fixed" in drawn
    assert "width:75.000%" in drawn
    assert "left:75.000%;width:25.000%" in drawn


def test_a_bar_without_amounts_is_empty_rather_than_broken() -> None:
    assert "width:0.000%" in fixed_and_variable(Decimal(0), Decimal(-5), "x")


@pytest.mark.parametrize(
    ("highest", "step"),
    [(12_611.0, 5_000.0), (4.0, 1.0), (0.9, 0.2), (0.0, 1.0), (100.0, 20.0), (1_001.0, 500.0)],
)
def test_rules_stand_at_round_numbers(highest: float, step: float) -> None:
    assert step_of(highest) == pytest.approx(step)


def test_columns_are_as_high_as_their_numbers_and_carry_their_words() -> None:
    column = Column(label="Nov", title="November: 3 and 1", fixed=Decimal(3), variable=Decimal(1))
    drawn = stacked_columns((column,), "one month", str)
    assert 'title="November: 3 and 1"' in drawn
    assert re.findall(r"mg-fill-(\w+)\" style=\"height:([\d.]+)px", drawn) == [
        ("variable", "40.0"),
        ("fixed", "120.0"),
    ]


def test_words_in_a_mark_are_escaped() -> None:
    drawn = bullet(Fraction(1), TIERS, '<script>"x"</script>', warned=False)
    assert "<script>" not in drawn
    assert "&lt;script&gt;&quot;x&quot;" in drawn
