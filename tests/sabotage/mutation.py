"""What a mutation is: a protection that is taken away, and the tests that must then fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class NoLongerThere(ValueError):  # noqa: N818 - it says what the matter is
    """The text that a mutation takes away isn't in its file, or more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One protection, and how to take it away."""

    name: str  #: what is taken away
    file: str  #: relative to the root
    old: str  #: stands in the file exactly once
    new: str
    tests: tuple[str, ...]  #: files, or file::test, one of which must fail
    also: tuple[tuple[str, str], ...] = ()  #: further texts of the file and what takes their place

    def applied(self, content: str) -> str:
        """The file's text without the protection.

        Raises:
            NoLongerThere: the text has changed since the mutation was written.
        """
        for old, new in ((self.old, self.new), *self.also):
            if content.count(old) != 1:
                raise NoLongerThere(f"{self.file} holds {content.count(old)} × {old!r}")
            content = content.replace(old, new)
        return content

    def faults(self, root: Path) -> Iterator[str]:
        """Whatever keeps the mutation from being tried on a tree."""
        try:
            self.applied((root / self.file).read_text(encoding="utf-8"))
        except (OSError, NoLongerThere) as fault:
            yield f"{self.name}: {fault}"
        for test in self.tests:
            file, _, function = test.partition("::")
            path = root / file
            if not path.exists() or function not in path.read_text(encoding="utf-8"):
                yield f"{self.name}: there is no test {test}"
