"""Where a sign-in may lead."""

import pytest

from api.session import safe_path


@pytest.mark.parametrize(
    "path", ["/", "/consumption", "/consumption?period=2026-10&line=3", "/a?next=//b"]
)
def test_a_path_of_ours_is_kept_with_its_query(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "consumption",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/a//evil.example/..",
        "/x\r\nSet-Cookie: a=b",
        "/\tevil",
        " //evil.example",
    ],
)
def test_anything_else_leads_to_the_first_page(path: str) -> None:
    assert safe_path(path) == "/"
