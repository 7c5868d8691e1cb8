"""The start: nothing is said that nobody can do anything about."""

import subprocess
import sys

from tests.support.source_tree import ROOT


def test_the_portal_is_imported_without_a_word() -> None:
    """Before its first run, when libraries would say that no run asked for them."""
    command = [sys.executable, "-c", "import app"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
