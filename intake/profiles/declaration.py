"""One table of a profile's TOML, its values taken one by one, each fault noted."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from billing_core.faults import Fault

Keys = Mapping[str, AbstractSet[str]]
"""The keys that each section may have; an empty name is the file itself."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Declaration:
    """One table of the file, noting each fault as its values are taken."""

    def __init__(
        self, values: Mapping[str, object], where: str, keys: Keys, section: str = "", at: str = ""
    ) -> None:
        self.values, self.where, self.keys, self.at = values, where, keys, at
        self.faults: list[Fault] = []
        for key in sorted(values.keys() - keys[section]):
            self.fault(key, f"unknown key; known here: {', '.join(sorted(keys[section]))}")

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with a key."""
        place = ".".join(part for part in (self.at, key) if part)
        self.faults.append(Fault(where=f"{self.where}: {place}", message=message))

    def text(self, key: str, *, needed: bool = False) -> str | None:
        """The text of a key; None where it is absent or faulty."""
        value = self.values.get(key)
        if value is None and not needed:
            return None
        if isinstance(value, str) and value and "\0" not in value:
            return value
        self.fault(key, "needed: a text that is not empty" if value is None else "must be a text")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """The column names of a key; none where it is absent or faulty."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            if len(set(value)) == len(value):
                return tuple(value)
            self.fault(key, "names a column twice")
        else:
            self.fault(key, "must be a list of column names")
        return ()

    def code(self, key: str) -> str | None:
        """The code of a key; None where it is absent."""
        value = self.text(key)
        if value is not None and not CODE.fullmatch(value):
            self.fault(key, "must be a code: 1 to 64 letters, digits, '.', '_', '-'")
        return value

    def section(self, key: str, *, needed: bool) -> "Declaration | None":
        """The table of a key; None where it is absent."""
        value = self.values.get(key)
        if isinstance(value, dict):
            return Declaration(value, self.where, self.keys, key, key)
        if needed or value is not None:
            self.fault(key, f"needed: a table [{key}]")
        return None

    def sections(self, key: str) -> "list[Declaration]":
        """The tables of a key, at least one."""
        value = self.values.get(key)
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return [
                Declaration(item, self.where, self.keys, key, f"{key}[{number}]")
                for number, item in enumerate(value, start=1)
            ]
        self.fault(key, f"needed: at least one table [[{key}]]")
        return []
