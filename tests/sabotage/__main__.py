"""`make sabotage`: take protections away, one at a time, and name the test that notices."""

import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.sabotage.mutation import Mutation
from tests.sabotage.mutations import MUTATIONS
from tests.sabotage.trial import Verdict, copy_of_the_tree, tried
from tests.support.source_tree import ROOT

AT_ONCE = 2


def main(words: list[str]) -> int:
    """Try the mutations whose names hold one of the words, all without words.

    Returns:
        0: each was noticed. 1: one was noticed by no test. 2: one doesn't apply to the tree.
    """
    chosen = [each for each in MUTATIONS if not words or any(word in each.name for word in words)]
    faults = [fault for each in chosen for fault in each.faults(ROOT)]
    if faults or not chosen:
        _say("\n".join(faults or ["no mutation has such a name"]))
        return 2
    with tempfile.TemporaryDirectory(prefix="meterglass-sabotage-") as folder:
        missed = _missed(_verdicts(chosen, Path(folder)))
    _say(f"{len(chosen) - missed} of {len(chosen)} noticed")
    return 1 if missed else 0


def _verdicts(mutations: Iterable[Mutation], folder: Path) -> Iterable[Verdict]:
    folder.chmod(0o711)
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(AT_ONCE):
        copies.put(copy_of_the_tree(folder / str(number)))

    def in_a_copy(mutation: Mutation) -> Verdict:
        copy = copies.get()
        try:
            return tried(mutation, copy)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(AT_ONCE) as workers:
        yield from workers.map(in_a_copy, mutations)


def _missed(verdicts: Iterable[Verdict]) -> int:
    missed = 0
    for verdict in verdicts:
        _say(verdict.line)
        if verdict.noticed_by is None:
            missed += 1
            _say(verdict.said)
    return missed


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the report of `make sabotage`


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
