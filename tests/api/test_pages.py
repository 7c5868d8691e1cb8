"""Which addresses are pages."""

from pathlib import Path

from api.pages import FIRST, FIRST_BY_NAME, PAGES

ROOT = Path(__file__).parents[2]


def test_each_page_has_an_address() -> None:
    files = {f"/{page.stem}" for page in (ROOT / "pages").glob("*.py")}
    assert files - {"/__init__", "/portal"} == PAGES - {FIRST} | {FIRST_BY_NAME}
