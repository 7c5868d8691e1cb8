"""Whether something grows: a straight line through what was seen, and how far it can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final

FEWEST: Final = 4  #: points, for a line with a noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The line of least squares through points."""

    slope: float
    noise: float  #: twice the slope's standard error
    level: float  #: mean of all values


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """The line through points (x, y), in the order of x, evenly spaced.

    What is seen minute after minute hangs together: the standard error is taken for as many points
    as n (1 − r) / (1 + r), r being how alike two neighbours' distances from the line are.

    Raises:
        ValueError: there are fewer than four points.

    >>> found = trend([(0, 1), (1, 3), (2, 5), (3, 7)])
    >>> round(found.slope, 6), round(found.noise, 6), found.level
    (2.0, 0.0, 4.0)
    """
    if len(points) < FEWEST:
        raise ValueError(f"{len(points)} points make no line with a noise")
    middle, level = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - level) for x, y in points) / spread
    off = [y - level - slope * (x - middle) for x, y in points]
    square = sum(each * each for each in off)
    alike = _alike(off, square)
    free = max(len(points) * (1 - alike) / (1 + alike) - 2, 1.0)
    return Trend(slope=slope, noise=2 * (square / free / spread) ** 0.5, level=level)


def _alike(off: Sequence[float], square: float) -> float:
    """How alike neighbours are, 0 to just under 1."""
    if square == 0:
        return 0.0
    neighbours = sum(a * b for a, b in pairwise(off))
    return min(max(neighbours / square, 0.0), 0.99)
