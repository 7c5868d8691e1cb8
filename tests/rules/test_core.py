"""billing_core is pure: no clock, no chance, no outside."""

import ast
import sys
from collections.abc import Iterator

from tests.support.source_tree import Source, called_name, calls_of, sources

PRESENT = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter"}
OUTSIDE = {"os", "time", "random", "secrets", "socket", "subprocess", "pathlib", "urllib", "http"}
ALLOWED = (set(sys.stdlib_module_names) - OUTSIDE) | {"numpy", "billing_core"}


def asks_for_the_present(source: Source) -> Iterator[str]:
    for call in calls_of(source.tree):
        name = called_name(call).rsplit(".", 1)
        if len(name) == 2 and name[-1] in PRESENT and name[0] != "self":
            yield f"{source.name}:{call.lineno} {'.'.join(name)}()"


def imports_of(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name.split(".")[0]) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module.split(".")[0]


def test_the_core_never_asks_for_the_present() -> None:
    asked = [place for source in sources("billing_core") for place in asks_for_the_present(source)]
    assert asked == []


def test_the_core_knows_the_standard_library_and_numpy_only() -> None:
    foreign = [
        f"{source.name}:{line} {name}"
        for source in sources("billing_core")
        for line, name in imports_of(source)
        if name not in ALLOWED
    ]
    assert foreign == []


def test_a_clock_in_the_core_is_noticed() -> None:
    source = Source(name="a.py", text="from datetime import datetime\nx = datetime.now(UTC)\n")
    assert list(asks_for_the_present(source)) == ["a.py:2 datetime.now()"]
