"""What a setup leaves in the audit log: what it changed, and who may see other things now."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from billing_core.setup import Person, Setup
from db.commands.audit import note_all
from db.commands.setup.changes import Action, Change

#: What decides on what a person may see.
_RIGHTS = {"role", "clients"}
Entry = dict[str, object]


def note_setup(
    connection: Connection, changes: Iterable[Change], wanted: Setup, actor: str
) -> None:
    """Write one entry for all, and one for each person who may see other things than before."""
    made = [change for change in changes if change.action is not Action.LEFT]
    whole = {
        "action": "setup_applied",
        "subject": f"{len(made)} changes",
        "detail": {"changes": [str(change) for change in made]},
    }
    people = {person.email: person for person in wanted.people}
    note_all(connection, actor, [whole, *_of_people(made, people)])


def _of_people(made: Iterable[Change], people: dict[str, Person]) -> Iterator[Entry]:
    for change in made:
        if change.kind != "person":
            continue
        (email,) = change.key
        person = people.get(email)
        if change.action is Action.ADDED and person:
            rights = {"role": person.role.value, "clients": " ".join(person.clients) or "–"}
            yield {"action": "person_added", "subject": email, "detail": rights}
        moved = {each.field: each for each in change.fields if each.field in _RIGHTS}
        if moved:
            told = {
                name: f"{each.before or '–'} → {each.after or '–'}" for name, each in moved.items()
            }
            yield {"action": "role_changed", "subject": email, "detail": told}
