"""Setup folders: nine CSV files ↔ the values of a setup. docs/setup.md documents the format."""

from intake.setup.files import COLUMNS
from intake.setup.folder import read_folder, read_setup

__all__ = ["COLUMNS", "read_folder", "read_setup"]
