"""What an auditor installs to verify a bundle: the few packages of requirements.txt that it takes.

`python -m tests.support.auditor` prints requirements-verify.txt; `make lock` writes it.
"""

import sys
from typing import Final

from tests.support.sbom import PIN, pins
from tests.support.source_tree import ROOT

#: What `jobs verify` imports, and time zones where the machine has none.
ASKED_FOR: Final = frozenset({"cryptography", "typer", "tzdata"})
HEAD: Final = """\
# What `python -m jobs verify` needs, with the same pins and hashes as requirements.txt.
# Written by `make lock`.
"""


def needed(text: str) -> frozenset[str]:
    """The packages that are asked for, and all that these need themselves."""
    found = list(pins(text))
    names = set(ASKED_FOR)
    while more := {pin.name for pin in found if pin.needed_by & names} - names:
        names |= more
    return frozenset(names)


def requirements(text: str) -> str:
    """The part of a requirements.txt that an auditor needs."""
    names = needed(text)
    return HEAD + "".join(f"{found[0]}\n" for found in PIN.finditer(text) if found["name"] in names)


if __name__ == "__main__":
    sys.stdout.write(requirements((ROOT / "requirements.txt").read_text(encoding="utf-8")))
