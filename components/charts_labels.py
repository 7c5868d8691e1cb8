"""Where a tier's words stand in the picture: beside the lines, not on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from components.charts_picture import BurnUp, Point

ROOM = 0.065  #: of the height; closer than that two labels would touch
_NAME = 0.2  #: of the width, for the name of last month
_SIGN = 0.027  #: of the width of a narrow picture, for a character
_WIDEST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the picture, in shares of its width and height."""

    left: float
    right: float
    low: float
    high: float

    def touches(self, other: "Box") -> bool:
        """Whether the two have a part in common."""
        beside = self.right < other.left or other.right < self.left
        return not (beside or self.high < other.low or other.high < self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """Where words stand in a band; the names are Plotly's anchors."""

    across: str  #: left or right
    upright: str  #: top or bottom


CORNERS = tuple(
    Corner(across=across, upright=upright)
    for across in ("left", "right")
    for upright in ("top", "bottom")
)


def corner_of(
    words: str, edges: tuple[float, float], lines: Sequence[Box], thin: Sequence[Box]
) -> Corner:
    """Give the first corner of a band that nothing is in; else the first without a line.

    Args:
        words: What stands there.
        edges: The band's lower and upper edge, as shares of the height.
        lines: The boxes of the month's and last month's lines.
        thin: What words may rather stand on.
    """
    boxes = {corner: _box(corner, len(words), edges) for corner in CORNERS}
    for taken in ((*lines, *thin), lines):
        for corner, box in boxes.items():
            if not any(box.touches(each) for each in taken):
                return corner
    return CORNERS[0]


def _box(corner: Corner, signs: int, edges: tuple[float, float]) -> Box:
    width = min(signs * _SIGN, _WIDEST)
    left = 0.0 if corner.across == "left" else 1 - width
    low = edges[1] - ROOM if corner.upright == "top" else edges[0]
    return Box(left=left, right=left + width, low=low, high=low + ROOM)


def lines_of(picture: BurnUp, top: float) -> tuple[Box, ...]:
    """Give the boxes around each piece of the lines, and around the name of last month's."""
    pieces = [*_pieces(picture.points, picture, top), *_pieces(picture.before, picture, top)]
    if picture.before:
        end = min(float(picture.before[-1].quantity) / top, 1.0)
        pieces.append(Box(left=1 - _NAME, right=1.0, low=end - ROOM, high=end + ROOM))
    return tuple(pieces)


def _pieces(points: Sequence[Point], picture: BurnUp, top: float) -> Iterator[Box]:
    start, whole = picture.period.starts_at, picture.period.ends_at - picture.period.starts_at
    places = [((each.at - start) / whole, float(each.quantity) / top) for each in points]
    for before, after in pairwise(places):
        yield Box(
            left=before[0],
            right=after[0],
            low=min(before[1], after[1]),
            high=max(before[1], after[1]),
        )
