"""The policy that every answer carries."""

import httpx
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from api.headers import SecurityHeaders, content_security_policy
from tests.support.event_loop import run


def rules() -> dict[str, str]:
    parts = (rule.partition(" ") for rule in content_security_policy().split("; "))
    return {name: value for name, _, value in parts}


def test_streamlits_one_inline_script_is_named_by_its_hash() -> None:
    assert rules()["script-src"].count("'sha256-") == 1
    assert "unsafe" not in rules()["script-src"]


def test_nothing_is_loaded_from_another_host() -> None:
    sources = {source for value in rules().values() for source in value.split()}
    assert {source for source in sources if not source.startswith("'sha256-")} == {
        "'self'",
        "'none'",
        "'unsafe-inline'",
        "blob:",
        "data:",
    }


def test_no_page_may_frame_the_portal() -> None:
    assert rules()["frame-ancestors"] == "'none'"
    assert rules()["object-src"] == "'none'"
    assert rules()["base-uri"] == "'none'"
    assert rules()["form-action"] == "'self'"


def answered(app: ASGIApp) -> httpx.Headers:
    async def ask() -> httpx.Headers:
        transport = httpx.ASGITransport(SecurityHeaders(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/")).headers

    return run(ask())


def test_no_page_is_kept_by_the_browser() -> None:
    page = HTMLResponse("<p>", headers={"Cache-Control": "no-cache"})
    assert answered(page)["cache-control"] == "no-store"
    assert (
        answered(Response("{}", headers={"Cache-Control": "public"}))["cache-control"] == "public"
    )


def test_streamlits_cookie_that_scripts_can_read_is_dropped_and_ours_kept() -> None:
    answer = Response()
    answer.set_cookie("_streamlit_xsrf", "2|x")
    answer.set_cookie("meterglass", "y", httponly=True)
    assert [each.split("=")[0] for each in answered(answer).get_list("set-cookie")] == [
        "meterglass"
    ]
