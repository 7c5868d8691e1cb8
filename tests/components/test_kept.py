"""Answers that are kept: whose they are, how new, how many, how long, and by how many at once."""

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import sleep

import pytest

from components.kept import Kept

HOUR = 3600.0
ROLE = "meterglass_client"


class Source:
    """Something that is asked, and counts how often."""

    def __init__(self, answer: object = "an answer") -> None:
        """Answer always the same."""
        self.asked = 0
        self._answer = answer

    def __call__(self) -> object:
        """Answer."""
        self.asked += 1
        return self._answer


def ask(kept: Kept, source: Callable[[], object], **other: object) -> object:
    """Ask for the answer of client 1 at version 7, unless another one is asked for."""
    asked = {"client_id": 1, "database_role": ROLE, "version": 7, "about": ("gaps",), **other}
    return kept.answer(**asked, ask=source)  # type: ignore[arg-type]  # one of them is of another kind


def test_an_answer_is_computed_once() -> None:
    kept, source = Kept(HOUR), Source()
    assert [ask(kept, source) for _ in range(3)] == ["an answer"] * 3
    assert source.asked == 1


@pytest.mark.parametrize(
    "other",
    [{"client_id": 2}, {"database_role": "meterglass_msp"}, {"version": 8}, {"about": ("late",)}],
)
def test_another_clients_roles_versions_or_questions_answer_is_another(
    other: dict[str, object],
) -> None:
    kept = Kept(HOUR)
    ask(kept, Source("mine"))
    assert ask(kept, Source("another"), **other) == "another"
    assert ask(kept, Source("never asked")) == "mine"


def test_each_who_asks_gets_an_answer_of_his_own() -> None:
    kept, given = Kept(HOUR), ["an answer"]
    first, second = ask(kept, Source(given)), ask(kept, Source(given))
    assert first == second == given
    assert first is not second
    assert first is not given


def test_an_answer_ends_with_its_lifetime() -> None:
    kept, source = Kept(0.05), Source()
    ask(kept, source)
    sleep(0.06)
    ask(kept, source)
    assert source.asked == 2


def test_the_least_used_answer_gives_its_place_to_a_new_one() -> None:
    kept, source = Kept(HOUR, entries=2), Source()
    for version in (1, 2, 1, 3, 1):
        ask(kept, source, version=version)
    assert source.asked == 3
    ask(kept, source, version=2)
    assert source.asked == 4


def test_what_is_forgotten_is_asked_again() -> None:
    kept, source = Kept(HOUR), Source()
    ask(kept, source)
    kept.forget()
    ask(kept, source)
    assert source.asked == 2


def test_a_failure_is_not_kept() -> None:
    kept, source = Kept(HOUR), Source()

    def fail() -> object:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ask(kept, fail)
    assert ask(kept, source) == "an answer"


def test_who_asks_for_what_is_being_computed_waits_for_it() -> None:
    kept, computing, go_on, lock = Kept(HOUR), Event(), Event(), Lock()
    asked = 0

    def slow() -> object:
        nonlocal asked
        with lock:
            asked += 1
        computing.set()
        assert go_on.wait(10)
        return "an answer"

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(ask, kept, slow) for _ in range(4)]
        assert computing.wait(10)
        assert ask(kept, Source("at once"), version=8) == "at once"  # nobody waits for others'
        go_on.set()
        assert [each.result(10) for each in answers] == ["an answer"] * 4
    assert asked == 1


def test_who_waited_for_what_failed_asks_himself() -> None:
    kept, computing, go_on = Kept(HOUR), Event(), Event()

    def fail() -> object:
        computing.set()
        assert go_on.wait(10)
        raise ConnectionError

    with ThreadPoolExecutor(2) as threads:
        failing = threads.submit(ask, kept, fail)
        assert computing.wait(10)
        waiting = threads.submit(ask, kept, Source())
        go_on.set()
        assert waiting.result(10) == "an answer"
        with pytest.raises(ConnectionError):
            failing.result(10)


def test_an_answer_may_be_made_of_others() -> None:
    kept = Kept(HOUR)
    whole = ask(kept, lambda: [ask(kept, Source("a part"), about=("part",))], about=("whole",))
    assert whole == ["a part"]


def test_nothing_is_left_of_answers_that_gave_up_their_place() -> None:
    """What grows with each key ever asked for is memory that never comes back."""
    kept = Kept(HOUR, entries=10)

    def held(versions: range) -> int:
        for version in versions:
            ask(kept, Source(), version=version)
        gc.collect()
        return sys.getallocatedblocks()

    held(range(1_000))
    before = held(range(1_000, 2_000))
    assert held(range(2_000, 12_000)) - before < 1_000
