"""What a file gets wrong: a row's refusal, and the refusal of the whole file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row, or one measurement of it, that was not taken. The rest of the file is."""

    line: int  #: of the file, from 1; where the row begins
    code: str  #: what kind of fault: row, time, number, text, id …
    reason: str  #: a sentence for the one who can mend it
    record: str  #: the row as JSON, by the names of its columns
    client: str | None = None  #: as the row names it, where it names no known one


class Refusal(ValueError):  # noqa: N818 - "refusal" is the word of the domain
    """One value of a row can't be taken."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FileRefused(ValueError):  # noqa: N818 - "refused" is what the user is told
    """The whole file is refused; nothing of it is stored. The message says why and where."""


class ReadingLost(RuntimeError):  # noqa: N818 - "lost" says what became of it
    """The process that read the file was ended, by whatever it was, before the file's end."""
