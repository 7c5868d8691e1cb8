"""Why records are refused, in the words of those who read the bill."""

from typing import Final

KINDS: Final = {
    "row": "could not be read",
    "time": "no usable time",
    "number": "no usable number",
    "text": "a name or an id that cannot be used",
    "reason": "a correction without a reason, or a reason without a correction",
    "withdraws": "a withdrawal that names no record, or has a quantity",
    "meter": "a meter that is not set up",
    "negative": "a negative quantity, which the meter does not allow",
    "counted_value": "nothing to count: no value was given",
    "future": "lies in the future",
    "agreement": "no agreement ran at that time",
    "supersedes": "corrects itself, or a record that was corrected before",
    "conflict": "an id that is taken by other content",
    "client": "for a client that is not set up",
    "source": "from a source that is not set up for this client",
    "currency": "another currency than the agreement’s",
}


def kind_in_words(code: str) -> str:
    """Say what is wrong with records of a kind; one that is not known here is named."""
    return KINDS.get(code, f"refused as “{code}”")
