"""Setup folders: ten CSV files ↔ the values of a setup. docs/setup.md documents the format."""

from intake.setup.files import COLUMNS
from intake.setup.folder import read_folder, read_setup
from intake.setup.writing import files_of

__all__ = ["COLUMNS", "files_of", "read_folder", "read_setup"]
