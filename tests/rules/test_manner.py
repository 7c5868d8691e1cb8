"""The manner of the codebase, as far as a machine can see it."""

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO

import pytest

from tests.support.source_tree import PACKAGES, ROOT, Source, functions_of, sources, tracked_files

LONGEST_MODULE = 250
LONGEST_FUNCTION = 40
VAGUE_VERBS = {"handle", "process"}
VAGUE = {"data", "info", "handler", "manager", "helper", "helpers", "util", "utils", "misc"}
NAMED_BY_THE_DESIGN = {"components/data.py"}
READS_ITS_OWN = {
    "components/kept.py",  # bytes that its process wrote and never gave away
    "intake/profiles/apart.py",  # a pipe between two processes of ours
}
SILENCING = re.compile(
    r"#\s*(noqa|type:\s*ignore|pragma:\s*no (?:cover|branch))(.*)", re.IGNORECASE
)
WITH_A_REASON = re.compile(r"(?::\s*[A-Z0-9, ]+|\[[a-z0-9, -]+\])?\s+(?:-+|#)\s+\S.{6,}")
TICKETS = re.compile(r"\b(TODO|FIXME|HACK)\b")
EVERYTHING = [*PACKAGES, "tests", "bench"]


def comments_of(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def silenced_without_reason(source: Source) -> Iterator[str]:
    for line, comment in comments_of(source):
        found = SILENCING.search(comment)
        if found and not WITH_A_REASON.match(found[2]):
            yield f"{source.name}:{line} {comment}"


def is_vague(name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)]
    return bool(set(words) & VAGUE) or bool(set(words[:1]) & VAGUE_VERBS)


def vague_names(source: Source) -> Iterator[str]:
    stem = source.name.removesuffix(".py").rsplit("/", 1)[-1]
    if is_vague(stem) and source.name not in NAMED_BY_THE_DESIGN:
        yield source.name
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and is_vague(node.name):
            yield f"{source.name}:{node.lineno} {node.name}"


def test_whatever_silences_a_check_says_why() -> None:
    silenced = [fault for each in sources(*EVERYTHING) for fault in silenced_without_reason(each)]
    assert silenced == []


@pytest.mark.parametrize(
    ("comment", "faults"),
    [
        ("x = 1  # noqa: S603 - the arguments are ours", 0),
        ("x = 1  # type: ignore[arg-type]  # streamlit's stub is too narrow", 0),
        ("x = 1  # noqa: S603", 1),
        ("x = 1  # noqa", 1),
        ("x = 1  # type: ignore", 1),
        ("x = 1  # pragma: no cover", 1),
    ],
)
def test_a_reason_is_asked_of_each_silencing(comment: str, faults: int) -> None:
    assert len(list(silenced_without_reason(Source(name="a.py", text=comment)))) == faults


def test_each_rule_that_is_left_out_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if re.match(r'\s+"[A-Z]+[0-9]*",', line)]
    assert len(rules) > 10
    assert [line for line in rules if not re.search(r"# .{10,}", line)] == []


def test_no_ticket_is_left_in_the_code() -> None:
    found = [
        f"{source.name}:{number}"
        for source in sources()
        for number, line in enumerate(source.lines, start=1)
        if TICKETS.search(line)
    ]
    assert found == []


def test_no_markup_is_trusted_and_nothing_is_evaluated() -> None:
    forbidden = re.compile(r"unsafe_allow_html|\bpickle\b|\byaml\.load|(?<![.\w])(?:eval|exec)\(")
    found = [
        f"{source.name}:{number} {line.strip()}"
        for source in sources()
        if source.name not in READS_ITS_OWN
        for number, line in enumerate(source.lines, start=1)
        if forbidden.search(line)
    ]
    assert found == []


def test_session_keys_are_named_in_one_module() -> None:
    found = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if source.name != "components/state.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value).endswith("session_state")
        and isinstance(node.slice, ast.Constant)
    ]
    assert found == []


def test_no_module_is_longer_than_250_lines() -> None:
    long = [
        f"{each.name}: {len(each.lines)}" for each in sources() if len(each.lines) > LONGEST_MODULE
    ]
    assert long == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in sources()
        for function in functions_of(source.tree)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_nothing_has_a_vague_name() -> None:
    assert [name for source in sources() for name in vague_names(source)] == []


def test_no_file_names_a_machine() -> None:
    """Paths of one machine mean nothing on another."""
    machine = re.compile(r"/(?:work|home|root|opt)/[a-z]")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        if path.suffix in {".py", ".md", ".toml", ".txt", ".sh", ".csv"}
        if (match := machine.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]
    assert found == []
