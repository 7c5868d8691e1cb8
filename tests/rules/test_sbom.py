"""The bill of materials names what is pinned, and nothing else."""

import json

from cyclonedx.output.json import JsonV1Dot6

from tests.support.sbom import bill_of_materials, pins
from tests.support.source_tree import ROOT

PINNED = """\
outer==2.0 \\
    --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    # via -r requirements.in
inner-part==1.5 \\
    --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb \\
    --hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    # via
    #   -r requirements.in
    #   outer
"""


def test_a_pin_is_told_with_its_hashes_and_who_needs_it() -> None:
    outer, inner = pins(PINNED)
    assert (outer.name, outer.version, outer.needed_by) == ("outer", "2.0", frozenset())
    assert (inner.name, inner.version, inner.needed_by) == (
        "inner-part",
        "1.5",
        frozenset({"outer"}),
    )
    assert (inner.is_ours, [each[0] for each in inner.hashes]) == (True, ["b", "c"])


def test_the_bill_of_materials_says_which_package_needs_which() -> None:
    written = json.loads(JsonV1Dot6(bill_of_materials(PINNED)).output_as_string())
    needs = {each["ref"]: each.get("dependsOn", []) for each in written["dependencies"]}
    assert needs == {
        "meterglass": ["pkg:pypi/inner-part@1.5", "pkg:pypi/outer@2.0"],
        "pkg:pypi/outer@2.0": ["pkg:pypi/inner-part@1.5"],
        "pkg:pypi/inner-part@1.5": [],
    }


def test_every_pin_has_a_version_and_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = list(pins(text))
    assert len(found) == text.count("==") > 50
    assert [pin.name for pin in found if not pin.hashes] == []
