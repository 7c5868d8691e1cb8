"""Checking a bundle: python -m jobs verify BUNDLE.zip --key KEY [--head FILE].

It needs no database and no network, and so it loads nothing that would.
"""

from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from billing_core.faults import Faults
from billing_core.proof.note import LONGEST_NOTE, VerifierKey, verifier_key_from
from documents.heads import Head, head_from
from documents.verification import Report, Unreadable, verify_bundle

TAMPERED: Final = 1
UNREADABLE: Final = 2
_LONGEST_KEY: Final = 4096
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip file that the issuer handed out.")],
    key: Annotated[
        str, typer.Option(help="Verifier key as the issuer published it, or a file that holds it.")
    ],
    head: Annotated[
        Path | None,
        typer.Option(help="Signed manifest of a document that you know of, best the newest."),
    ] = None,
) -> None:
    """Check a bundle and compute its document again, without database and network.

    Exit code 0: all of it holds. 1: something does not, and is named. 2: it cannot be read.
    """
    try:
        trusted = _key(key)
        known = None if head is None else _head(head)
        report = _verified(bundle, trusted, known)
    except Unreadable as fault:
        _refuse(str(fault))
    _tell(report)
    raise typer.Exit(0 if report.is_valid else TAMPERED)


def _verified(bundle: Path, key: VerifierKey, head: Head | None) -> Report:
    with _progress() as progress:
        bar = progress.add_task("records", total=None)
        return verify_bundle(
            bundle, key, head, lambda done, total: progress.update(bar, completed=done, total=total)
        )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _key(given: str) -> VerifierKey:
    """Read a key, or the file that holds it: no file takes the place of a key that is typed."""
    text = given.strip()
    try:
        return verifier_key_from(text)
    except Faults as faults:
        typed = faults.faults[0].message
    try:
        if "+" in text and not _is_file(text):
            raise Unreadable(f"--key {typed}.")
        with Path(text).open(encoding="utf-8") as opened:
            return verifier_key_from(opened.read(_LONGEST_KEY).strip())
    except (OSError, UnicodeDecodeError):
        raise Unreadable(f"--key {given!a} is neither a key nor a file that holds one.") from None
    except Faults as faults:
        raise Unreadable(f"--key {faults.faults[0].message}.") from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # such as a name that is too long
        return False


def _head(path: Path) -> Head:
    try:
        with path.open("rb") as opened:
            text = opened.read(LONGEST_NOTE).decode()
        return head_from(text, str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{path} cannot be read: {fault}.") from None
    except Faults as faults:
        raise Unreadable(f"{faults.faults[0]}.") from None


def _tell(report: Report) -> None:
    for sentence in report.holds:
        _say("holds", sentence)
    for sentence in report.remarks:
        _say("note", sentence)
    for finding in report.findings:
        _say("FALSE", f"{finding}.")
    title = report.title or "the bundle"
    if report.is_valid:
        _say("valid", f"{title}.")
    else:
        _say("NOT VALID", f"{title}: {len(report.findings)} things do not hold.")


def _say(word: str, sentence: str) -> None:
    """Print a line; what a bundle says could hold signs that a terminal would obey."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in sentence)
    out.print(f"{word + ':':<11}{shown}", markup=False)


def _refuse(sentence: str) -> NoReturn:
    err.print(f"meterglass: {sentence}", markup=False)
    raise typer.Exit(UNREADABLE)
