"""The mutations of `make sabotage` apply to the tree as it stands."""

from pathlib import Path

import pytest

from tests.sabotage.mutation import Mutation, NoLongerThere
from tests.sabotage.mutations import MUTATIONS
from tests.support.source_tree import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_mutation_applies_to_one_place_and_names_tests_that_are_there(
    mutation: Mutation,
) -> None:
    assert list(mutation.faults(ROOT)) == []


def test_no_two_mutations_have_one_name() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


LOCK = Mutation(name="a lock", file="a.sql", old="FOR UPDATE", new="", tests=("test_a.py::b",))


def test_a_mutation_takes_away_one_text() -> None:
    assert LOCK.applied("SELECT 1 FOR UPDATE;") == "SELECT 1 ;"
    for content in ("SELECT 1;", "FOR UPDATE FOR UPDATE"):
        with pytest.raises(NoLongerThere, match=r"a\.sql holds [02] × 'FOR UPDATE'"):
            LOCK.applied(content)


def test_a_mutation_names_what_keeps_it_from_being_tried(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;")
    (tmp_path / "test_a.py").write_text("def test_c(): ...")
    assert list(LOCK.faults(tmp_path)) == [
        "a lock: a.sql holds 0 × 'FOR UPDATE'",
        "a lock: there is no test test_a.py::b",
    ]
