"""Hypothesis decides what a stream says, in which order it comes, and how it is cut."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st

from tests.oracle.plain.rate_card import METERS
from tests.oracle.plain.said import Said
from tests.oracle.plain.verdict import Stream
from tests.oracle.streams import cut, stream_of

T = TypeVar("T")


class Arrival(NamedTuple):
    """A stream and how it comes in."""

    stream: Stream
    batches: tuple[tuple[Said, ...], ...]
    posted: tuple[bool, ...]  #: by batch: as a post, not as a file


@st.composite
def streams(draw: st.DrawFn, *, most: int = 14) -> Stream:
    """Events of a few meters around one instant, some of them correcting others."""

    def choose(among: Sequence[T], /) -> T:
        return draw(st.sampled_from(among))

    meters = draw(st.lists(st.sampled_from(sorted(METERS)), min_size=1, max_size=3, unique=True))
    return stream_of(choose, draw(st.integers(1, most)), meters)


@st.composite
def arrivals(draw: st.DrawFn, *, most: int = 14) -> Arrival:
    """A stream in any order, some events twice, cut into batches of one source each."""
    stream = draw(streams(most=most))
    twice = draw(st.lists(st.sampled_from(stream.events), max_size=3))
    order = draw(st.permutations([*stream.events, *twice]))
    batches = cut(order, draw(st.sampled_from([len(order), len(order), 5, 3, 2, 1])))
    return Arrival(stream, tuple(batches), tuple(draw(st.booleans()) for _ in batches))
