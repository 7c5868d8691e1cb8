"""A refused row as it is kept: JSON by the names of its columns, so that it can be read again."""

import json
from collections.abc import Mapping
from typing import Final

from intake.profiles.refusals import Refusal, RefusedRow

LONGEST_TEXT: Final = 2_000  # of one value; what is longer is cut


def record_of(values: Mapping[str, str | None]) -> str:
    """The row's values by column; absent ones are left out.

    >>> record_of({"vm": "a", "gb": "1,5", "note": None})
    '{"vm": "a", "gb": "1,5"}'
    """
    kept = {name: cut(value) for name, value in values.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False)


def cut(text: str) -> str:
    """A text as it is kept: its first 2,000 characters."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def refused(line: int, values: Mapping[str, str | None], refusal: Refusal) -> RefusedRow:
    """A row with why it was not taken."""
    record = record_of(values)
    return RefusedRow(line=line, code=refusal.code, reason=refusal.reason, record=record)
