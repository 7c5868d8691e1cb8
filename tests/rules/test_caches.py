"""Caches are shared by everybody who is signed in: few, bounded, and keyed by whose they are."""

import ast
from collections.abc import Iterator

from tests.support.source_tree import Source, called_name, calls_of, dotted, functions_of, sources

KIND = "components/kept.py"  #: what a cache of the screens is, bounded in number and time
ONLY_PLACE = "components/data.py"  #: where there are some
WHOSE = ["client_id", "database_role", "version"]


def faults_of(source: Source) -> Iterator[str]:
    """What a file keeps that it may not, or otherwise than it must."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and _is_of_streamlit(dotted(node)):
            yield f"{source.name}:{node.lineno} keeps locks forever, as caches of Streamlit do"
        if isinstance(node, ast.Import | ast.ImportFrom) and source.name != KIND:
            named = {each.name for each in node.names} | {getattr(node, "module", "")}
            if "cachetools" in named:
                yield f"{source.name}:{node.lineno} makes a cache outside {KIND}"
    for call in calls_of(source.tree):
        if called_name(call) == "Kept" and source.name != ONLY_PLACE:
            yield f"{source.name}:{call.lineno} has a cache outside {ONLY_PLACE}"


def _is_of_streamlit(name: str) -> bool:
    return name.rpartition(".")[2] in {"cache_data", "cache_resource"}


def test_screens_keep_answers_in_one_place_and_by_one_kind_of_cache() -> None:
    assert [fault for source in sources() for fault in faults_of(source)] == []


def test_the_key_of_an_answer_starts_with_whose_it_is_and_how_new() -> None:
    (kind,) = (source for source in sources("components") if source.name == KIND)
    (asking,) = (each for each in functions_of(kind.tree) if each.name == "answer")
    assert [each.arg for each in asking.args.args][1 : len(WHOSE) + 1] == WHOSE


def test_other_caches_are_noticed() -> None:
    text = (
        "from cachetools import TTLCache\nimport cachetools\n"
        "@st.cache_data(ttl=5)\ndef total(month):\n    return Kept(5)\n"
    )
    assert list(faults_of(Source(name="components/x.py", text=text))) == [
        "components/x.py:1 makes a cache outside components/kept.py",
        "components/x.py:2 makes a cache outside components/kept.py",
        "components/x.py:3 keeps locks forever, as caches of Streamlit do",
        "components/x.py:5 has a cache outside components/data.py",
    ]
