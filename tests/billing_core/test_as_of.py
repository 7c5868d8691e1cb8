"""The core never asks for the present: whoever calls it says what is known."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import billing_core
from billing_core.invoicing import build_invoice, rating_instants
from billing_core.metering import RunningQuantity
from tests.billing_core.made import OCTOBER, agreement, price, usage, utc

MODULES = sorted(Path(str(billing_core.__file__)).parent.rglob("*.py"))
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "localtime", "gmtime"}


def clocks_in(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in CLOCKS:
            yield f"{module.name}:{called.lineno} {called.attr}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_module_reads_a_clock(module: Path) -> None:
    assert list(clocks_in(module)) == []


@pytest.mark.parametrize(
    "question",
    [build_invoice, rating_instants, RunningQuantity.resumed],
    ids=lambda it: it.__name__,
)
def test_what_depends_on_time_is_told_as_of_when(question: object) -> None:
    assert callable(question)
    parameter = inspect.signature(question).parameters["as_of"]
    assert parameter.default is inspect.Parameter.empty


def test_the_same_as_of_gives_the_same_invoice_whenever_it_is_asked() -> None:
    of = agreement(price("unit", unit_price="1"), price("flat", fee="5"))
    then = utc("2026-10-10T12:00")
    first, second = (
        build_invoice(agreement=of, period=OCTOBER, usage=usage(of, "7", as_of=then), as_of=then)
        for _ in range(2)
    )
    assert first == second
    assert first.as_of == then
