"""Trying a mutation: in a copy of the tree, never in the tree itself."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.sabotage.mutation import Mutation
from tests.support.source_tree import ROOT, tracked_files

FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
ALL_PASSED: Final = 0
SOME_FAILED: Final = 1
LONGEST: Final = "900"  #: seconds; what a mutation makes wait for ever is shown by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutation."""

    mutation: Mutation
    noticed_by: str | None  #: the first test that failed
    said: str  #: by pytest, where nothing failed as it should

    @property
    def line(self) -> str:
        """A line of the report."""
        return f"{self.mutation.name}\n    {self.noticed_by or 'NOTICED BY NO TEST'}"


def copy_of_the_tree(folder: Path) -> Path:
    """Copy every file of a clone into a folder, with the environment linked."""
    for path in tracked_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return folder


def tried(mutation: Mutation, copy: Path) -> Verdict:
    """Apply a mutation to a copy, run its tests until one fails, and put the file back.

    Raises:
        NoLongerThere: the mutation applies no longer.
    """
    path = copy / mutation.file
    content = path.read_text(encoding="utf-8")
    path.write_text(mutation.applied(content), encoding="utf-8")
    try:
        return _verdict(mutation, _tested(mutation.tests, copy))
    finally:
        path.write_text(content, encoding="utf-8")


def _tested(tests: tuple[str, ...], copy: Path) -> "subprocess.CompletedProcess[str]":
    options = ["-q", "--maxfail=1", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["-o", f"faulthandler_timeout={LONGEST}", "-o", "faulthandler_exit_on_timeout=true"]
    settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_SEED": "0"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


def _verdict(mutation: Mutation, run: "subprocess.CompletedProcess[str]") -> Verdict:
    found = FAILED.search(run.stdout)
    noticed = found[1] if found and run.returncode == SOME_FAILED else None
    return Verdict(mutation=mutation, noticed_by=noticed, said=run.stdout + run.stderr)
