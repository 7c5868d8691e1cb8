"""The policy that every answer carries."""

from api.headers import content_security_policy


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
