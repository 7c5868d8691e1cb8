"""Who may sign in to the demo. These people and their password exist in a demo database only."""

from collections.abc import Iterator

from demo.setup_files import people

__all__ = ["PASSWORD", "people", "sign_in_lines"]

PASSWORD = "see-where-it-goes"  # noqa: S105 - published on purpose: it opens invented figures only


def sign_in_lines() -> Iterator[str]:
    """A person a line, and the password of all of them."""
    yield f"Demo sign-ins, all with the password {PASSWORD}"
    for person in people():
        where = person["clients"].replace(" ", ", ") or "all clients"
        yield f"  {person['email']:<30}  {person['role'].replace('_', ' '):<16}  {where}"
