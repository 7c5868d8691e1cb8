"""Whose code runs here: every pinned package as a CycloneDX bill of materials.

`python -m tests.support.sbom` prints it as JSON, made from requirements.txt alone: the same pins
give the same components. Licences are those that the installed packages state.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.support.source_tree import ROOT

PIN: Final = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s\\]+)(?P<rest>(?:.*\n(?=[ #]))*.*)", re.MULTILINE
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA: Final = re.compile(r"^ +# (?:via )?(?: +)?([A-Za-z][\w.-]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A package of requirements.txt."""

    name: str
    version: str
    hashes: tuple[str, ...]  #: SHA-256 of each file of it that may be installed
    needed_by: frozenset[str]  #: other pins
    is_ours: bool  #: whether requirements.in asks for it


def pins(text: str) -> Iterator[Pin]:
    """The packages that a requirements.txt pins.

    >>> [pin.needed_by for pin in pins("a==1 \\\\\\n    --hash=sha256:x\\n    # via b\\n")]
    [frozenset({'b'})]
    """
    for found in PIN.finditer(text):
        yield Pin(
            name=found["name"],
            version=found["version"],
            hashes=tuple(_HASH.findall(found["rest"])),
            needed_by=frozenset(_VIA.findall(found["rest"])) - {"via"},
            is_ours="-r requirements.in" in found["rest"],
        )


def bill_of_materials(text: str) -> Bom:
    """The packages that a requirements.txt pins, and which of them needs which."""
    bom = Bom()
    root = Component(name="meterglass", type=ComponentType.APPLICATION, bom_ref="meterglass")
    bom.metadata.component = root
    found = list(pins(text))
    components = {pin.name: _component(pin) for pin in found}
    for pin in found:
        bom.components.add(components[pin.name])
        for other in pin.needed_by & components.keys():
            bom.register_dependency(components[other], [components[pin.name]])
    direct = [components[pin.name] for pin in found if pin.is_ours]
    bom.register_dependency(root, direct)
    return bom


def _component(pin: Pin) -> Component:
    url = PackageURL(type="pypi", name=pin.name, version=pin.version)
    licence = _licence(pin.name)
    return Component(
        name=pin.name,
        version=pin.version,
        purl=url,
        bom_ref=str(url),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(f"https://pypi.org/project/{pin.name}/{pin.version}/"),
                hashes=[HashTypeFactory().from_hashlib_alg("sha256", each) for each in pin.hashes],
            )
        ],
    )


def _licence(name: str) -> str:
    try:
        stated = metadata(name).json
    except PackageNotFoundError:
        return ""
    words = str(stated.get("license_expression") or stated.get("license") or "")
    return words.strip().partition("\n")[0]


def main() -> int:
    """Print the bill of materials of this tree."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    sys.stdout.write(JsonV1Dot6(bill_of_materials(text)).output_as_string(indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
