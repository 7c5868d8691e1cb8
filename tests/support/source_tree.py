"""The product's own source as syntax trees, for the rules that read it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (
    "api",
    "billing_core",
    "components",
    "db",
    "demo",
    "documents",
    "intake",
    "jobs",
    "notation",
    "pages",
)
PACKAGES = tuple(name for name in PRODUCT if (ROOT / name).is_dir())


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of Python."""

    name: str  #: relative to the root, with forward slashes
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, filename=self.name)

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()


def sources(*folders: str) -> Iterator[Source]:
    """Every Python file under the folders; app.py goes with the whole product."""
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield _source(path)
    if not folders and (ROOT / "app.py").exists():
        yield _source(ROOT / "app.py")


def tracked_files() -> tuple[Path, ...]:
    """Every file that a clone of the repository holds, and those about to be added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return tuple(ROOT / name for name in listed if (ROOT / name).is_file())


def called_name(call: ast.Call) -> str:
    """`st.cache_data` for the call `st.cache_data(…)`; the empty string if it is no plain name."""
    return dotted(call.func)


def dotted(node: ast.expr) -> str:
    """The dotted name of an expression, `a.b.c`; only the end of it where it starts with a call."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        start = dotted(node.value)
        return f"{start}.{node.attr}" if start else node.attr
    return ""


def calls_of(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in the tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in the tree, methods too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _source(path: Path) -> Source:
    return Source(name=path.relative_to(ROOT).as_posix(), text=path.read_text(encoding="utf-8"))
