"""How use goes up and down: by the hour, by the day of the week, with the months, in an episode."""

from collections.abc import Iterable
from dataclasses import dataclass

from demo.calendar import Day

DAYS_IN_A_MONTH = 365 / 12
_STEADY_AFTER = 60  #: days after the anchor at which growth ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A week of weights; their mean over the week's hours is 1."""

    by_weekday: tuple[float, ...]  #: Monday to Sunday
    by_hour: tuple[float, ...]  #: midnight to 23:00 on the client's clock

    @classmethod
    def of(cls, by_weekday: Iterable[float], by_hour: Iterable[float]) -> "Rhythm":
        """Scale the weights so that the mean over the week is 1."""
        weekdays, hours = tuple(by_weekday), tuple(by_hour)
        return cls(
            by_weekday=tuple(weight * 7 / sum(weekdays) for weight in weekdays),
            by_hour=tuple(weight * 24 / sum(hours) for weight in hours),
        )


_OFFICE_HOURS = [0.1] * 6 + [0.3, 0.9, 2.2, 2.8, 2.7, 2.4, 1.8, 2.3, 2.6, 2.5, 2.2, 1.6]
OFFICE = Rhythm.of(
    [1.1, 1.2, 1.2, 1.15, 1.0, 0.12, 0.06], [*_OFFICE_HOURS, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1]
)
SHIFTS = Rhythm.of(
    [1.1, 1.15, 1.15, 1.1, 1.0, 0.6, 0.3], [0.7] * 6 + [1.3] * 8 + [1.2] * 8 + [0.9, 0.7]
)
ROUND_THE_CLOCK = Rhythm.of([1.0] * 7, [1.0] * 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A time in which use is not as usual: a burst, a migration, a quiet fortnight."""

    first: int  #: inclusive, in days after the anchor
    last: int  #: inclusive, in days after the anchor
    factor: float


def grown(monthly_growth: float, age: int) -> float:
    """What one unit of the anchor day was, or will be, ``age`` days from it.

    >>> round(grown(0.02, -365), 3)
    0.788
    """
    return float((1 + monthly_growth) ** (min(age, _STEADY_AFTER) / DAYS_IN_A_MONTH))


def factor_on(day: Day, monthly_growth: float, episodes: Iterable[Episode]) -> float:
    """Growth and episodes together: the factor on the anchor day's usual amount."""
    factor = grown(monthly_growth, day.age)
    for episode in episodes:
        if episode.first <= day.age <= episode.last:
            factor *= episode.factor
    return factor
