"""Closing months: python -m jobs close --period 2026-10 [--client SLUG]."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from billing_core.faults import Faults
from billing_core.period import month_period
from db.commands.closing import Closing, ClosingRefusedError
from db.queries.clients import client_ids
from db.queries.month_preview import MonthPreview, preview_of
from db.session import writer_transaction
from jobs.closing import Outcome, closed_for
from jobs.closing_preview import NAMES, findings, heading, rows
from jobs.desk import Desk, open_desk
from jobs.listing import show_list
from jobs.stopping import Stopped, stoppable
from jobs.writer import Actor, actor_named

REFUSED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)

Slug = Annotated[str, typer.Option(help="Slug of one client; left out: all of them.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show documents and what is not ready; change nothing.")
]
Override = Annotated[str, typer.Option(help="Why in spite of what is not ready.")]


def close(
    period: Annotated[str, typer.Option(help="The month, like 2026-10.", show_default=False)],
    client: Slug = "",
    *,
    dry_run: DryRun = False,
    override: Override = "",
    actor: Actor = "",
) -> None:
    """Give a month its document: an invoice or, where the total is negative, a credit note.

    Exit code 0: every client's month has its document, or has none to have. 1: some were refused,
    each with its reasons, or there is no such client or no usable key. 2: it could not be tried.
    Broken off anywhere, the same command goes on.
    """
    month = _month(period)
    try:
        with stoppable(), open_desk() as desk:
            clients = _clients(desk, client)
            if dry_run:
                _preview(desk, clients, month)
                return
            asked = _Wish(month=month, override=override.strip(), actor=actor_named(actor))
            outcomes = _closed(desk, clients, asked)
    except ClosingRefusedError as refusal:
        _refuse(refusal.sentences)
    except Stopped:
        err.print("Stopped. What was issued stays; give the command again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    _tell(outcomes)
    raise typer.Exit(REFUSED if any(each.sentences for each in outcomes) else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is asked for all clients."""

    month: date
    override: str
    actor: str


def _month(period: str) -> date:
    try:
        return month_period(period, "UTC").month
    except Faults as faults:
        _refuse([f"--period: {faults.faults[0].message}."], code=USAGE)


def _clients(desk: Desk, slug: str) -> Mapping[str, int]:
    with writer_transaction(desk.engine, []) as connection:
        known = client_ids(connection)
    if slug and slug not in known:
        _refuse([f"There is no client {slug!r}."])
    return {slug: known[slug]} if slug else known


def _closed(desk: Desk, clients: Mapping[str, int], asked: _Wish) -> list[Outcome]:
    outcomes = []
    with _progress() as progress:
        bar = progress.add_task("clients", total=len(clients))
        for slug, client_id in clients.items():
            closing = Closing(
                client_id=client_id,
                month=asked.month,
                as_of=datetime.now(UTC),
                actor=asked.actor,
                override=asked.override,
            )
            outcome = closed_for(desk, slug, closing)
            outcomes.append(outcome)
            _say(outcome)
            progress.update(bar, advance=1)
    return outcomes


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _say(outcome: Outcome) -> None:
    if outcome.sentences:
        for sentence in outcome.sentences:
            err.print(f"{outcome.client}: refused: {sentence}", markup=False)
    elif outcome.number:
        total = f"{outcome.gross:f} {outcome.currency}"
        line = f"{outcome.client}: {outcome.number}, {total}, {outcome.result}."
        out.print(line, markup=False)
    else:
        out.print(f"{outcome.client}: {outcome.result}.", markup=False)


def _tell(outcomes: Iterable[Outcome]) -> None:
    show_list(
        ("client", "document", "total", "", "what became of it"),
        (
            (
                each.client,
                each.number or "–",
                "" if each.gross is None else f"{each.gross:f}",
                each.currency,
                each.result,
            )
            for each in outcomes
        ),
    )


def _preview(desk: Desk, clients: Mapping[str, int], month: date) -> None:
    for slug, client_id in clients.items():
        with writer_transaction(desk.engine, [client_id], of_one_state=True) as connection:
            preview = preview_of(connection, client_id, month, datetime.now(UTC))
        if preview is None:
            out.print(f"{slug} {month:%Y-%m}: no document.", markup=False)
        else:
            _show(slug, preview)


def _show(slug: str, preview: MonthPreview) -> None:
    out.print(heading(slug, preview), markup=False)
    if preview.invoice is not None:
        show_list(NAMES, rows(preview.invoice))
    for sentence in findings(preview):
        out.print(sentence, markup=False)


def _refuse(sentences: Iterable[str], code: int = REFUSED) -> NoReturn:
    for sentence in sentences:
        err.print(f"meterglass: {sentence}", markup=False)
    raise typer.Exit(code)
