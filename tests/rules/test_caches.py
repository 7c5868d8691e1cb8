"""Caches are shared by everybody who is signed in: few, bounded, and keyed by whose they are."""

import ast
from collections.abc import Iterator

from tests.support.source_tree import Source, dotted, functions_of, sources

CACHES = {"st.cache_data", "st.cache_resource", "cache_data", "cache_resource"}
ONLY_PLACE = "components/data.py"
WHOSE = [{"client", "client_id"}, {"role", "database_role"}]


def faults_of(source: Source) -> Iterator[str]:
    """What is wrong with the cached functions of a file."""
    for function in functions_of(source.tree):
        for decorator in function.decorator_list:
            name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in CACHES:
                place = f"{source.name}:{function.lineno} {function.name}"
                yield from (f"{place} {fault}" for fault in _faults(source, function, decorator))


def _faults(
    source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr
) -> Iterator[str]:
    if source.name != ONLY_PLACE:
        yield f"is cached outside {ONLY_PLACE}"
    bounds = {each.arg for each in decorator.keywords} if isinstance(decorator, ast.Call) else set()
    if not {"ttl", "max_entries"} <= bounds:
        yield "has no ttl or no max_entries"
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if len(taken) < 2 or any(
        each.arg not in names for each, names in zip(taken, WHOSE, strict=False)
    ):
        yield "does not take the client and the role first"
    if any(each.annotation and "DataFrame" in ast.unparse(each.annotation) for each in taken):
        yield "takes a DataFrame, which the cache only samples"


def test_each_cached_function_is_bounded_and_takes_client_and_role_first() -> None:
    assert [fault for source in sources() for fault in faults_of(source)] == []


def test_an_unbounded_cache_in_another_file_is_noticed() -> None:
    text = "@st.cache_data(ttl=5)\ndef total(month, frame: pd.DataFrame):\n    return 1\n"
    assert list(faults_of(Source(name="components/x.py", text=text))) == [
        "components/x.py:2 total is cached outside components/data.py",
        "components/x.py:2 total has no ttl or no max_entries",
        "components/x.py:2 total does not take the client and the role first",
        "components/x.py:2 total takes a DataFrame, which the cache only samples",
    ]


def test_a_bare_decorator_is_noticed() -> None:
    text = "@st.cache_data\ndef total(client_id, role):\n    return 1\n"
    assert list(faults_of(Source(name="components/data.py", text=text))) == [
        "components/data.py:2 total has no ttl or no max_entries"
    ]
