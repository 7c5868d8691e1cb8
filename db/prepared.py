"""Questions that a screen asks again and again, planned once for each of the portal's connections.

To read a question, to add row-level security to it and to plan it took the server longer than to
answer it. A prepared one keeps its plan; whose rows it gives is still decided each time that it is
asked, by the settings of that transaction, and a plan made for one role is made anew for another.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, TextClause, text

#: A name that stands for a value, and not the second half of a cast.
_VALUE: Final = re.compile(r"(?<!:):([a-z_]+)")
#: Under this a connection remembers what it has prepared; without it nothing is prepared.
_PREPARED: Final = "prepared"
#: What each value is, unless a question says otherwise.
_TYPES: Final[Mapping[str, str]] = {
    "client": "integer",
    "codes": "text[]",
    "cuts": "timestamptz[]",
    "days": "timestamptz[]",
    "ends_at": "timestamptz",
    "holds": "interval[]",
    "instants": "timestamptz[]",
    "known": "date",
    "last": "timestamptz",
    "meter": "text",
    "meter_ids": "integer[]",
    "meters": "text[]",
    "month": "date",
    "odd": "timestamptz[]",
    "rated": "timestamptz[]",
    "starts_at": "timestamptz",
}


def prepares(connection: Connection) -> None:
    """Let a connection prepare what it is asked, for as long as it stays open."""
    connection.info.setdefault(_PREPARED, set())


class Question:
    """A statement whose values are named, as in `:client`."""

    def __init__(self, name: str, statement: str, **types: str) -> None:
        """Make a question.

        Args:
            name: what it asks, for whoever reads the server's log.
            statement: with a value at least, and without a percent sign.
            types: of values that are not what they mostly are.
        """
        marked = hashlib.sha256(statement.encode()).hexdigest()[:12]
        self.name = f"meterglass_{name}_{marked}"
        self._statement = statement
        known = {**_TYPES, **types}
        self._types = {each: known[each] for each in _VALUE.findall(statement)}

    def ask(self, connection: Connection, values: Mapping[str, object]) -> CursorResult[Any]:
        """Ask it, by a plan that was made before where the connection keeps plans.

        Args:
            connection: whose rows it sees.
            values: by name; those that it does not name are left out.
        """
        given = {each: values[each] for each in self._types}
        prepared: set[str] | None = connection.info.get(_PREPARED)
        if prepared is None:
            return connection.execute(self._plain, given)
        if self.name not in prepared:
            connection.exec_driver_sql(self._preparation)
            prepared.add(self.name)
        return connection.execute(self._execution, given)

    @cached_property
    def _plain(self) -> TextClause:
        return text(self._statement)

    @cached_property
    def _preparation(self) -> str:
        places = {each: f"${place}" for place, each in enumerate(self._types, start=1)}
        statement = _VALUE.sub(lambda found: places[found[1]], self._statement)
        return f"PREPARE {self.name} ({', '.join(self._types.values())}) AS {statement}"

    @cached_property
    def _execution(self) -> TextClause:
        given = (f"CAST(:{each} AS {kind})" for each, kind in self._types.items())
        return text(f"EXECUTE {self.name} ({', '.join(given)})")
