"""The example setup, with single texts replaced, read and applied."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from billing_core.faults import Faults
from billing_core.setup import Setup
from db.commands.setup import apply_setup
from intake.setup import COLUMNS, read_setup
from tests.support.database import Database

EXAMPLE: Final = Path(__file__).parents[2] / "docs" / "examples" / "setup"
#: A day on which both agreements of the example run.
NOVEMBER: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)

Replacement = tuple[str, str, str]  #: file, old text (there once), new text


def contents_with(*replacements: Replacement) -> dict[str, bytes]:
    """The files of the example, with texts replaced."""
    files = {file: (EXAMPLE / file).read_bytes().decode() for file in COLUMNS}
    for file, old, new in replacements:
        assert files[file].count(old) == 1, (file, old)
        files[file] = files[file].replace(old, new)
    return {file: text.encode() for file, text in files.items()}


def setup_with(*replacements: Replacement) -> Setup:
    """The setup of the example, with texts replaced."""
    return read_setup(contents_with(*replacements))


def folder_with(folder: Path, *replacements: Replacement) -> Path:
    """A folder of the example's files, with texts replaced."""
    folder.mkdir(exist_ok=True)
    for file, content in contents_with(*replacements).items():
        (folder / file).write_bytes(content)
    return folder


def applied(
    database: Database, setup: Setup, *, as_of: datetime = NOVEMBER, is_demo: bool = False
) -> list[str]:
    """Apply a setup; the changes in words."""
    with database.as_owner() as connection:
        changes = apply_setup(connection, setup, as_of=as_of, actor="a test", is_demo=is_demo)
    return [str(change) for change in changes]


def refused(
    database: Database, setup: Setup, *, as_of: datetime = NOVEMBER, is_demo: bool = False
) -> list[str]:
    """The faults for which a setup is refused; none where it would be stored, which it is not."""
    try:
        with database.as_owner() as connection:
            apply_setup(connection, setup, as_of=as_of, actor="a test", is_demo=is_demo)
            connection.rollback()
    except Faults as error:
        return [str(fault) for fault in error.faults]
    return []
