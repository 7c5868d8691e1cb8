"""One text for each value, and the same value back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest

from billing_core.canonical import canonical_text, value_from
from billing_core.faults import Faults
from billing_core.prices import Agreement
from tests.scenarios.test_changed_month import harbour


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    amount: Decimal
    colour: Colour
    day: date | None
    event: UUID
    held: timedelta
    inner: tuple[Inner, ...]
    is_open: bool
    name: str
    root: bytes


OUTER = Outer(
    amount=Decimal("1.50"),
    colour=Colour.RED,
    day=None,
    event=UUID(int=7),
    held=timedelta(days=-1, microseconds=5),
    inner=(Inner(at=datetime(2026, 10, 1, 2, 3, 4, 5, tzinfo=UTC), count=3),),
    is_open=True,
    name="Café “1”",
    root=b"\x00\xff",
)
TEXT = (
    '{"amount":"1.50","colour":"red","day":null,"event":"00000000-0000-0000-0000-000000000007",'
    '"held":"-86399999995us",'
    '"inner":[{"at":"2026-10-01T02:03:04.000005Z","count":3}],"is_open":true,'
    '"name":"Café “1”","root":"00ff"}'
)


def test_a_value_has_one_text() -> None:
    assert canonical_text(OUTER) == TEXT


def test_the_text_gives_the_value_back() -> None:
    assert value_from(Outer, TEXT) == OUTER


def test_a_rate_card_comes_back_as_it_was() -> None:
    assert value_from(Agreement, canonical_text(harbour())) == harbour()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"amount":"1.50"', '"amount":1.5', "is not JSON of ours: 1.5 is a number that"),
        ('"amount":"1.50"', '"amount":NaN', "is not JSON of ours: NaN is a number that"),
        ('"amount":"1.50"', '"amount":"01.50"', "'01.50' is not how a Decimal is written"),
        ('"amount":"1.50"', '"amount":"1E+999999999"', "'1E+999999999' is no Decimal"),
        ('"amount":"1.50"', '"amount":"Infinity"', "'Infinity' is no Decimal"),
        ('"amount":"1.50"', '"amount":"ten"', "'ten' is no Decimal"),
        ('"amount":"1.50"', '"amount":2', "is not a text"),
        ('"red"', '"blue"', "'blue' is no Colour"),
        ('"day":null', '"day":"2026-02-30"', "'2026-02-30' is no date"),
        ('"day":null,', "", "has other fields than it must: day"),
        ('"is_open":true', '"is_open":1', "is not a truth value"),
        ('"count":3', '"count":true', "is not a whole number"),
        ('"count":3', '"count":3,"more":1', "Outer.inner[0]: has other fields than it must: more"),
        ("[{", "{", "is not JSON of ours"),
        ('"00ff"', '"00FF"', "'00FF' is not how a bytes is written"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(Faults) as refused:
        value_from(Outer, TEXT.replace(old, new))
    assert sentence in str(refused.value)


def test_deep_nesting_is_refused_in_a_sentence() -> None:
    with pytest.raises(Faults, match="is not JSON of ours"):
        value_from(Outer, "[" * 100_000)


def test_a_value_of_another_kind_has_no_text() -> None:
    with pytest.raises(TypeError, match="float has no canonical text"):
        canonical_text(1.5)
