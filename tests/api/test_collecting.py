"""Runs' collections stay small, and nothing that died is kept for good."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from api.collecting import collect_in_full, set_aside


class Ring:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_lives_is_not_walked_through_again() -> None:
    kept = [Ring() for _ in range(1000)]
    set_aside()
    walked = {id(each) for each in gc.get_objects()}
    assert not any(id(ring) in walked for ring in kept)


def test_what_dies_while_set_aside_is_freed_when_all_is_looked_through() -> None:
    ring = Ring()
    seen = weakref.ref(ring)
    set_aside()
    del ring
    gc.collect()
    assert seen() is not None
    collect_in_full()
    assert seen() is None
