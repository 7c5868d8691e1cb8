"""Reading a JSON object field by field, and collecting every fault on the way."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from billing_core.faults import Fault
from billing_core.numbers import NumberFault, parse_number
from intake.strict_json import Refused


class Form:
    """A JSON object whose fields are known; it changes only by collecting faults.

    A field that is wrong gives a stand-in (an empty text, one, false), so that the rest can be
    read; its fault is in `faults`, which the forms inside share.
    """

    def __init__(
        self, value: object, where: str, known: Iterable[str], faults: list[Fault] | None = None
    ) -> None:
        self.faults: list[Fault] = [] if faults is None else faults
        self._path = where
        self._is_object = isinstance(value, dict)
        self._values: dict[str, object] = value if isinstance(value, dict) else {}
        if not self._is_object:
            message = value.message if isinstance(value, Refused) else "is not an object"
            self.faults.append(Fault(where=where, message=message))
        for name in sorted(set(self._values) - set(known)):
            self.fault(ascii(name).strip("'"), "is not a field of this form")

    def fault(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.faults.append(Fault(where=self._where(name), message=message))

    def has(self, name: str) -> bool:
        """Say whether the field is given; null says that it is not."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Give a text that must be there."""
        value = self._given(name)
        if isinstance(value, str) and value.strip():
            return value
        self._note(name, value, "is not a text")
        return ""

    def number(self, name: str) -> Decimal:
        """Give a number, written as text, that must be there."""
        value = self._given(name)
        if not isinstance(value, str):
            self._note(name, value, "is not a number written as text")
            return Decimal(1)
        try:
            return parse_number(value)
        except NumberFault as error:
            self.fault(name, str(error))
            return Decimal(1)

    def truth(self, name: str) -> bool:
        """Give true or false; false if left out."""
        value = self._values[name] if self.has(name) else False
        if not isinstance(value, bool):
            self._note(name, value, "is neither true nor false")
        return value is True

    def inner(self, name: str, known: Iterable[str]) -> "Form":
        """Give the form in a field that must be there."""
        return Form(self._given(name), self._where(name), known, self.faults)

    def list(self, name: str, known: Iterable[str]) -> Iterator["Form"]:
        """Give the forms in a list that must be there."""
        value = self._given(name)
        if not isinstance(value, list):
            self._note(name, value, "is not a list")
            return
        for index, each in enumerate(value):
            yield Form(each, f"{self._where(name)}[{index}]", known, self.faults)

    def _given(self, name: str) -> object:
        return self._values.get(name, Refused(message="is missing"))

    def _note(self, name: str, value: object, message: str) -> None:
        if self._is_object:
            self.fault(name, value.message if isinstance(value, Refused) else message)

    def _where(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
