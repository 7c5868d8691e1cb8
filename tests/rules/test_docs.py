"""What can be set, opened or run is in the documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from db.settings import PREFIX, Settings
from tests.support.source_tree import PACKAGES, ROOT, tracked_files

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING = re.compile(r"^\| `(METERGLASS_[A-Z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def documents() -> str:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    return "\n".join(path.read_text(encoding="utf-8") for path in pages)


def commands_of(command: object, words: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from commands_of(command.get_command(context, name), f"{words} {name}")
    elif not getattr(command, "hidden", False):
        yield words


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = {name: (default, meaning) for name, default, meaning in SETTING.findall(README)}
    assert listed == {
        f"{PREFIX}{name}".upper(): (default_of(name), field.description)
        for name, field in Settings.model_fields.items()
    }


def test_every_command_is_in_the_readme() -> None:
    from jobs.__main__ import app  # noqa: PLC0415 - only this test needs the whole command line

    names = list(commands_of(typer.main.get_command(app), "python -m jobs"))
    assert len(names) > 5
    assert [name for name in names if name not in README] == []


@pytest.mark.parametrize(
    "page", sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py")), ids=str
)
def test_every_page_is_in_the_roles_or_the_readme(page: str) -> None:
    title = page.replace("_", " ")
    assert re.search(rf"\b{title}\b", documents(), re.IGNORECASE)


@pytest.mark.parametrize("package", [*PACKAGES, "bench", "tests"])
def test_every_package_says_what_it_owns_and_keeps(package: str) -> None:
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {package}\n")
    assert "**Invariants**" in text
    assert package == "tests" or ("**Owns**" in text and "**Does not**" in text)


def broken_links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target and not (page.parent / target).exists():
            yield f"{page.relative_to(ROOT)}: {target}"


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    assert [link for page in pages for link in broken_links(page)] == []


def test_every_target_of_make_is_listed_by_make_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):(?!=)", text, re.MULTILINE)
    assert [
        name for name in targets if not re.search(rf"^{name}:.*## .+", text, re.MULTILINE)
    ] == []
    assert sorted(targets) == sorted(re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split())


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE)[0] == "[Unreleased]"
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    decisions = sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))
    assert re.findall(r"\]\((0[^)]+)\)", index) == decisions
