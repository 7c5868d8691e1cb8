"""Who may sign in to the demo. These people and their password exist in a demo database only."""

from demo.setup_files import people

PASSWORD = "see-where-it-goes"  # noqa: S105 - published on purpose: it opens invented figures only

__all__ = ["PASSWORD", "people"]
