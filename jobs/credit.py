"""Correcting issued documents: python -m jobs credit INVOICE --reason REASON [--rebill]."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console

from billing_core.faults import Faults
from billing_core.numbers import NumberFault, parse_number
from billing_core.prices import Agreement
from db.commands.closing import (
    Again,
    AtWorkError,
    ClosingRefusedError,
    Corrected,
    Crediting,
)
from db.commands.closing import (
    credit as credit_document,
)
from db.queries.numbered import Numbered, documents_numbered
from intake.setup import read_folder
from jobs.desk import Desk, open_desk
from jobs.stopping import Stopped, stoppable
from jobs.writer import Actor, actor_named, seeing

REFUSED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)

Invoice = Annotated[str, typer.Argument(help="Number of the issued document.", show_default=False)]
Reason = Annotated[
    str, typer.Option(help="What was wrong, as the credit note says it.", show_default=False)
]
Line = Annotated[int, typer.Option(help="Number of one line; left out: all that remains.")]
Amount = Annotated[str, typer.Option(help="Net amount to credit of that line, like 20.00.")]
Rebill = Annotated[bool, typer.Option("--rebill", help="Bill the month again.")]
RateCard = Annotated[
    Path | None,
    typer.Option(help="Folder of setup files with the corrected agreement, for that bill only."),
]


def credit(
    invoice: Invoice,
    reason: Reason,
    line: Line = 0,
    amount: Amount = "",
    *,
    rebill: Rebill = False,
    rate_card: RateCard = None,
    actor: Actor = "",
) -> None:
    """Credit an issued document by a credit note, and bill its month again if asked to.

    The same wish again gives the same documents. Exit code 0: credited; 1: refused, with every
    reason; 2: it could not be tried.
    """
    amounts = _amounts(line, amount)
    _require_sense(amounts, rate_card, rebill=rebill)
    try:
        with stoppable(), open_desk() as desk:
            numbered = _named(desk, invoice)
            again = Again(agreement=_agreement(rate_card, numbered)) if rebill else None
            asked = Crediting(
                client_id=numbered.client_id,
                number=invoice,
                reason=reason.strip(),
                as_of=datetime.now(UTC),
                actor=actor_named(actor),
                amounts=amounts,
                again=again,
            )
            corrected = _credited(desk, numbered, asked)
    except ClosingRefusedError as refusal:
        _refuse(refusal.sentences)
    except AtWorkError as busy:
        _refuse([str(busy)])
    except Stopped:
        err.print("Stopped. What was issued stays; give the command again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    _tell(invoice, corrected)


def _require_sense(
    amounts: Mapping[int, Decimal] | None, rate_card: Path | None, *, rebill: bool
) -> None:
    if rate_card is not None and not rebill:
        _refuse(["--rate-card is for --rebill: say so, or leave it out."], code=USAGE)
    if rebill and amounts is not None:
        _refuse(["--rebill credits all that remains: leave --line and --amount out."], code=USAGE)


def _credited(desk: Desk, numbered: Numbered, asked: Crediting) -> Corrected:
    desk.require_whole_chain(numbered.client_id, numbered.client)
    corrected = credit_document(desk.engine, asked, desk.key)
    desk.keep_head(numbered.client_id)
    return corrected


def _amounts(line: int, amount: str) -> Mapping[int, Decimal] | None:
    if not line and not amount:
        return None
    if not line or not amount:
        _refuse(["--line and --amount belong together: give both, or neither."], code=USAGE)
    try:
        return {line: parse_number(amount)}
    except NumberFault as fault:
        _refuse([f"--amount: {fault}."], code=USAGE)


def _named(desk: Desk, number: str) -> Numbered:
    with seeing(desk.engine) as connection:
        found = documents_numbered(connection, number)
    if not found:
        _refuse([f"There is no document {number}."])
    if len(found) > 1:
        clients = " and ".join(each.client for each in found)
        _refuse([f"{number} is a number of {clients}: give their numbers prefixes of their own."])
    return found[0]


def _agreement(folder: Path | None, numbered: Numbered) -> Agreement | None:
    """Read the corrected agreement of the document from a folder of setup files."""
    if folder is None:
        return None
    try:
        setup = read_folder(folder)
    except Faults as faults:
        _refuse(map(str, faults.faults))
    except OSError as error:
        _refuse([f"{error.filename}: {error.strerror}."], code=USAGE)
    named = (numbered.client, numbered.agreement)
    found = next((each for each in setup.agreements if (each.client, each.code) == named), None)
    if found is None:
        _refuse([f"{folder} has no agreement {numbered.agreement} of client {numbered.client}."])
    return found


def _tell(number: str, corrected: Corrected) -> None:
    is_new = corrected.is_new and not corrected.was_credited
    word = "credits" if is_new else "credits already"
    out.print(f"{corrected.credit_note} {word} {number}.", markup=False)
    if corrected.replacement is not None:
        out.print(f"{corrected.replacement} takes its place.", markup=False)


def _refuse(sentences: Iterable[str], code: int = REFUSED) -> NoReturn:
    for sentence in sentences:
        err.print(f"meterglass: {sentence}", markup=False)
    raise typer.Exit(code)
