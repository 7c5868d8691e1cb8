"""A set of events says of each of them what became of it."""

from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.proof import Disposition, Evidence


def evidence(**fields: Any) -> Evidence:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "meter": "gb",
        "usage_period": "2026-10",
        "disposition": Disposition.BILLED,
        "lines": (3,),
        "event_count": 10,
        "excluded_count": 2,
        "included_count": 3,
        "root": bytes(32),
    }
    return Evidence(**{**values, **fields})


def test_what_is_neither_excluded_nor_included_is_charged() -> None:
    assert evidence().charged_count == 5


def test_nothing_is_charged_of_events_that_came_too_late() -> None:
    assert evidence(disposition=Disposition.TOO_LATE).charged_count == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"event_count": 4}, "event_count: is less than its parts"),
        ({"included_count": -1}, "event_count: is less than its parts"),
        ({"root": b"short"}, "root: is not a SHA-256 of 32 bytes"),
        ({"lines": ()}, "lines: are there unless no price asks"),
        ({"disposition": Disposition.UNPRICED}, "lines: are there unless no price asks"),
    ],
)
def test_a_set_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Faults) as refused:
        evidence(**fields)
    assert sentence in str(refused.value)
