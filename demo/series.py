"""What a source reports of a meter, day by day: each kind of series turns a day into readings.

A day's readings follow from the seed, the client, the meter and the day alone. So any stretch can
be made without the days before it, and a later, longer run repeats an earlier one exactly.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

import numpy as np

from demo.calendar import Day
from demo.rhythm import OFFICE, Episode, Rhythm, factor_on

SEED = 20_261_122
_HOURS_IN_A_MONTH = 730.0


class Reading(NamedTuple):
    """One measurement as a collector sends it."""

    occurred_at: datetime
    meter: str
    resource: str
    quantity: str
    counted_value: str
    source_event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(ABC):
    """What all kinds have in common."""

    meter: str
    #: name → what is usual on the anchor day; its unit is the kind's
    resources: Mapping[str, float]
    growth: float = 0.0  #: by the month; 0.02 is 2 %
    episodes: tuple[Episode, ...] = ()
    noise: float = 0.12

    @abstractmethod
    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """The day's readings in no particular order; ``thinning`` says how much rarer they are."""

    def chance(self, client: str, day: Day) -> np.random.Generator:
        """The random numbers of this series and day."""
        name = crc32(f"{client}/{self.meter}".encode())
        return np.random.default_rng([SEED, name, day.day.toordinal()])

    def usual(self, day: Day) -> float:
        """The factor of the day on what is usual on the anchor day."""
        return factor_on(day, self.growth, self.episodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts(Series):
    """Amounts used, reported every hour or few hours; ``resources`` are amounts by the month."""

    rhythm: Rhythm = OFFICE
    every: int = 1  #: hours

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading per resource at the end of every ``every`` hours."""
        chance = self.chance(client, day)
        weights = self._weights(day)
        step = min(24, self.every * thinning)
        for place, (resource, by_month) in enumerate(self.resources.items()):
            amounts = (
                by_month
                / _HOURS_IN_A_MONTH
                * weights
                * chance.lognormal(0, self.noise, weights.size)
            )
            for start in range(0, weights.size, step):
                amount = float(amounts[start : start + step].sum())
                last_hour = day.hours[min(start + step, weights.size) - 1]
                at = last_hour + timedelta(minutes=56, seconds=place % 60)
                yield reading(self.meter, resource, at, f"{amount:.3f}")

    def _weights(self, day: Day) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        by_hour = np.array([self.rhythm.by_hour[hour] for hour in day.clock])
        return by_hour * self.rhythm.by_weekday[day.weekday] * self.usual(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHours(Series):
    """Hours a machine ran; ``resources`` says from 1 (always on) down to 0 (office hours only)."""

    every: int = 1  #: hours

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading per machine for every ``every`` hours in which it ran."""
        del client
        step = min(24, self.every * thinning)
        for place, (machine, always) in enumerate(self.resources.items()):
            ran = [always == 1 or (day.weekday < 5 and 7 <= hour < 19) for hour in day.clock]  # noqa: PLR2004 - Monday to Friday, seven to seven
            for start in range(0, len(ran), step):
                hours = sum(ran[start : start + step])
                if hours:
                    last_hour = day.hours[min(start + step, len(ran)) - 1]
                    at = last_hour + timedelta(minutes=58, seconds=place % 60)
                    yield reading(self.meter, machine, at, str(hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels(Series):
    """A level read once a day or more often; ``resources`` are levels on the anchor day."""

    at_hours: tuple[int, ...] = (2,)  #: hours after the day's start
    decimals: int = 1
    noise: float = 0.006

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading per resource and hour of ``at_hours``."""
        chance = self.chance(client, day)
        for place, (resource, level) in enumerate(self.resources.items()):
            for hour in self.at_hours[: 1 if thinning > 1 else None]:
                now = level * self.usual(day) * float(chance.normal(1, self.noise))
                at = day.hours[hour] + timedelta(minutes=7 * place % 55, seconds=11 * place % 60)
                yield reading(self.meter, resource, at, f"{now:.{self.decimals}f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks(Series):
    """Connections open, read every hour; ``resources`` are the peaks of a usual working day."""

    rhythm: Rhythm = OFFICE
    noise: float = 0.05

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading per gateway and hour of the working day, and one at night."""
        chance = self.chance(client, day)
        for place, (resource, peak) in enumerate(self.resources.items()):
            for hour, clock in zip(day.hours, day.clock, strict=True):
                share = self.rhythm.by_hour[clock] / max(self.rhythm.by_hour)
                share *= min(1.0, self.rhythm.by_weekday[day.weekday])
                open_now = round(
                    peak * share * self.usual(day) * float(chance.normal(0.96, self.noise))
                )
                if clock % (3 if thinning > 1 else 1) == 0 and (clock == 0 or 6 <= clock <= 21):  # noqa: PLR2004 - the hours of the working day
                    at = hour + timedelta(minutes=30, seconds=place)
                    yield reading(self.meter, resource, at, str(max(0, open_now)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions(Series):
    """Sign-ins of people; ``resources`` are the people of each site on the anchor day."""

    rhythm: Rhythm = OFFICE
    domain: str

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading for each session: who, where, when."""
        chance = self.chance(client, day)
        for site, people in self.resources.items():
            number = round(people * self.usual(day))
            habits = np.random.default_rng([SEED, crc32(f"{client}/{site}".encode())]).beta(
                1.6, 1.4, 600
            )
            weight = min(1.0, self.rhythm.by_weekday[day.weekday]) / (1 + 0.5 * (thinning - 1))
            comes = chance.random(number) < habits[:number] * weight
            for person in np.flatnonzero(comes):
                at = self._moment(day, chance)
                who = f"user{int(person) + 1:03d}.{site}@{self.domain}"
                yield reading(self.meter, site, at, "1", who)

    def _moment(self, day: Day, chance: np.random.Generator) -> datetime:
        weights = np.array([self.rhythm.by_hour[hour] for hour in day.clock])
        hour = day.hours[int(chance.choice(weights.size, p=weights / weights.sum()))]
        return hour + timedelta(seconds=int(chance.integers(0, 3600)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCosts(Series):
    """What the cloud vendor charged for a day; ``resources`` are costs by the month."""

    credit: float = 0.0  #: what the vendor gives back on the third of each month

    def readings(self, client: str, day: Day, thinning: int) -> Iterator[Reading]:
        """One reading per subscription and day, and the month's credit."""
        del thinning
        chance = self.chance(client, day)
        at = day.hours[0] + timedelta(hours=20, minutes=15)
        for resource, by_month in self.resources.items():
            amount = by_month * 12 / 365 * self.usual(day) * float(chance.normal(1, self.noise))
            yield reading(self.meter, resource, at, f"{amount:.4f}")
        if self.credit and day.day.day == 3:  # noqa: PLR2004 - the third of the month
            yield reading(
                self.meter,
                next(iter(self.resources)),
                at + timedelta(minutes=5),
                f"-{self.credit:.2f}",
            )


def reading(meter: str, resource: str, at: datetime, quantity: str, counted: str = "") -> Reading:
    """A reading whose identity is what was read, where and when."""
    identity = f"{resource}/{at:%Y%m%dT%H%M%S}" + (f"/{counted}" if counted else "")
    return Reading(at, meter, resource, quantity, counted, identity)
