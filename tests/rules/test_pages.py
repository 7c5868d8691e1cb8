"""A page is a table of contents behind a guard."""

import ast
from collections.abc import Iterator

import pytest

from api.pages import FIRST_BY_NAME, PAGES
from tests.support.source_tree import Source, called_name, dotted, functions_of, sources

OPEN_TO_ALL = {"pages/__init__.py", "pages/portal.py", "pages/sign_in.py"}
GUARDS = {"require_viewer", "require_person"}
LONGEST_PAGE = 100


def pages() -> list[Source]:
    return [page for page in sources("pages") if page.name not in OPEN_TO_ALL]


def is_guard(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
        value = statement.value
        return isinstance(value, ast.Call) and called_name(value) in GUARDS
    return False


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def starts_with_the_guard(source: Source) -> bool:
    """The first thing a page does, after its docstring and imports, is to ask who is looking."""
    doing = [
        statement
        for statement in source.tree.body
        if not isinstance(statement, ast.Import | ast.ImportFrom) and not is_docstring(statement)
    ]
    return bool(doing) and is_guard(doing[0])


def unguarded_fragments(source: Source) -> Iterator[str]:
    """Fragments run again without their page, so each asks for itself."""
    for function in functions_of(source.tree):
        decorators = {
            dotted(each.func if isinstance(each, ast.Call) else each)
            for each in function.decorator_list
        }
        first = next((each for each in function.body if not is_docstring(each)), function.body[0])
        if decorators & {"st.fragment", "fragment"} and not is_guard(first):
            yield f"{source.name}:{function.lineno} {function.name}"


@pytest.mark.parametrize("source", pages(), ids=lambda source: source.name)
def test_each_page_starts_with_the_guard(source: Source) -> None:
    assert starts_with_the_guard(source)


def test_each_fragment_starts_with_the_guard() -> None:
    drawn = [*sources("pages"), *sources("components")]
    assert [fault for each in drawn for fault in unguarded_fragments(each)] == []


@pytest.mark.parametrize("source", list(sources("pages")), ids=lambda source: source.name)
def test_a_page_has_fewer_than_100_lines(source: Source) -> None:
    assert len(source.lines) < LONGEST_PAGE


def test_a_page_computes_no_amount() -> None:
    names = {"Decimal", "Fraction", "round", "float", "sum"}
    used = [
        f"{page.name}:{node.lineno} {node.id}"
        for page in sources("pages")
        for node in ast.walk(page.tree)
        if isinstance(node, ast.Name) and node.id in names
    ]
    assert used == []


def test_a_page_without_its_guard_is_noticed() -> None:
    page = Source(
        name="pages/x.py", text='"""X."""\nimport a\n\nst.write(1)\nviewer = require_viewer()\n'
    )
    assert not starts_with_the_guard(page)


def test_a_fragment_without_its_guard_is_noticed() -> None:
    text = "@st.fragment(run_every=1)\ndef live():\n    draw()\n"
    assert list(unguarded_fragments(Source(name="c.py", text=text))) == ["c.py:2 live"]


def test_every_page_has_an_address_that_is_served() -> None:
    named = {f"/{page.name.removeprefix('pages/').removesuffix('.py')}" for page in pages()}
    assert named == (PAGES - {"/"}) | {FIRST_BY_NAME}
