"""Changes what is set up: applies a setup to the database, or says why it may not be applied."""

from db.commands.setup.apply import apply_setup
from db.commands.setup.changes import Action, Change, FieldChange

__all__ = ["Action", "Change", "FieldChange", "apply_setup"]
