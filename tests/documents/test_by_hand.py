"""What README.txt of a bundle has a person do by hand leads to what it says."""

import re
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from billing_core.event import UsageEvent, leaf_hash
from billing_core.proof import manifest_from
from billing_core.proof.note import note_from
from documents.bundle.readme import README
from tests.billing_core.made import utc
from tests.documents.packing import packed
from tests.documents.worked import KEY, three_months
from tests.support.source_tree import ROOT

TOOLS = ("bash", "grep", "sed", "cut", "base64", "tail", "openssl", "sha256sum")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    (tmp_path / "bundle.zip").write_bytes(packed(three_months().bundle(2)))
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def steps() -> list[str]:
    """The commands of each numbered step, as they are printed."""
    parts = re.split(r"(?m)^[0-9]\. ", README)[1:]
    return ["\n".join(re.findall(r"(?m)^    (.*)$", part)) for part in parts]


def run(folder: Path, commands: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_signature_is_checked_by_openssl(unpacked: Path) -> None:
    commands = steps()[0].replace("name+0a1b2c3d+AQ...", str(KEY.verifier_key))
    assert str(KEY.verifier_key) in commands
    assert run(unpacked, commands) == "Signature Verified Successfully\n"
    path = unpacked / "manifest.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("1274.49", "1274.48"))
    assert "Signature Verification Failure" in run(unpacked, commands)


def test_the_files_have_the_hashes_that_the_manifest_names(unpacked: Path) -> None:
    manifest = (unpacked / "manifest.txt").read_text(encoding="utf-8")
    lines = run(unpacked, steps()[1]).splitlines()
    assert len(lines) == 3
    for line in lines:
        found, name = line.split()
        assert f"{name}: {found}\n" in manifest


def test_the_manifest_names_the_hash_of_the_one_before_it(unpacked: Path) -> None:
    manifest = (unpacked / "manifest.txt").read_text(encoding="utf-8")
    found = run(unpacked, steps()[2]).split()[0]
    assert f"previous manifest: {found}\n" in manifest


def test_an_event_is_hashed_as_it_says(unpacked: Path) -> None:
    event = UsageEvent(
        client="harbour",
        source="collector",
        source_event_id="r-17",
        meter="backup",
        occurred_at=utc("2026-10-12T14:05"),
        quantity=Decimal(2140),
        resource="vm-1",
    )
    assert run(unpacked, steps()[3]).split()[0] == leaf_hash(event).hex()


def test_a_root_is_made_of_two_leaves_as_it_says(unpacked: Path) -> None:
    path = unpacked / "events" / "backup" / "2026-10" / "2026-10.csv"
    leaves = [line.split(",")[1] for line in path.read_text().splitlines()[1:]]
    assert len(leaves) == 2
    octets = "".join(f"\\x{leaf[at : at + 2]}" for leaf in leaves for at in range(0, 64, 2))
    found = run(unpacked, f"printf '\\001{octets}' | sha256sum").split()[0]
    first = (unpacked / "chain" / "000001.txt").read_text(encoding="utf-8")
    evidence = manifest_from(note_from(first).text).evidence[0]
    assert (evidence.meter, evidence.root.hex()) == ("backup", found)


def test_the_program_of_the_auditors_page_makes_the_root(unpacked: Path) -> None:
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=unpacked, capture_output=True, text=True, check=True
    )
    first = (unpacked / "chain" / "000001.txt").read_text(encoding="utf-8")
    evidence = manifest_from(note_from(first).text).evidence[0]
    assert (evidence.meter, evidence.root.hex()) == ("backup", done.stdout.strip())
