"""Changing the values of a refused record."""

import pytest

from jobs.rejected_mending import NotMendable, mended

POSTED = '{"id": "a", "data": {"quantity": 1.50, "tags": [1e5, null]}, "withdraws": false}'


@pytest.mark.parametrize(
    ("record", "changes", "text", "said"),
    [
        ('{"gb": "1,5"}', ["gb=1.5"], '{"gb": "1.5"}', 'gb "1,5" to "1.5"'),
        ('{"gb": "1"}', ["vm=ä=1"], '{"gb": "1", "vm": "ä=1"}', 'vm nothing to "ä=1"'),
        ('{"gb": "1", "note": "x"}', ["note="], '{"gb": "1"}', 'note "x" to nothing'),
        ('{"a.b": "1"}', ["a.b=2"], '{"a.b": "2"}', 'a.b "1" to "2"'),
        ('{"a": "1"}', ["a.b=2"], '{"a": "1", "a.b": "2"}', 'a.b nothing to "2"'),
        (
            POSTED,
            ["data.quantity=2", "withdraws=true"],
            '{"id": "a", "data": {"quantity": "2", "tags": [1e5, null]}, "withdraws": true}',
            'data.quantity 1.50 to "2", withdraws false to true',
        ),
    ],
)
def test_what_is_changed_is_told_and_the_rest_stays_as_it_was(
    record: str, changes: list[str], text: str, said: str
) -> None:
    assert mended(record, changes) == (text, said)


@pytest.mark.parametrize("record", ["a,b,c", "[1]", "", '{"a": 1, "a": 2}', "[" * 100_000])
def test_a_record_that_is_no_object_is_given_whole(record: str) -> None:
    with pytest.raises(NotMendable, match="give all of it with --record FILE"):
        mended(record, ["a=1"])


@pytest.mark.parametrize("change", ["quantity", "=1", ""])
def test_what_is_no_change_is_refused(change: str) -> None:
    with pytest.raises(NotMendable, match="write column=value"):
        mended('{"a": "1"}', [change])
