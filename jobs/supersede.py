"""Correcting one event by hand: python -m jobs supersede EVENT …, jobs withdraw EVENT …."""

from datetime import datetime
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from billing_core.faults import Faults
from billing_core.numbers import NumberFault, parse_number
from db.commands.correction_values import Corrected, Correction, CorrectionRefusedError
from db.commands.corrections import correct_event
from intake.profiles.refusals import Refusal
from intake.profiles.times import occurred_text
from jobs.writer import Actor, actor_named, writing_engine

EventArgument = Annotated[
    str, typer.Argument(metavar="EVENT", help="Id of the wrong event, as the screen shows it.")
]
ClientOption = Annotated[str, typer.Option("--client", help="Slug of the client.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, as the client will read it.")]


def supersede(  # noqa: PLR0913, PLR0917 - one argument for each option of the command
    event: EventArgument,
    client: ClientOption,
    quantity: Annotated[str, typer.Option(help="The right quantity, like 1234.5.")],
    reason: ReasonOption,
    occurred: Annotated[
        str, typer.Option(help="The right time, like 2026-10-12T14:05:00Z, if it was wrong.")
    ] = "",
    resource: Annotated[str, typer.Option(help="The right resource, if it was wrong.")] = "",
    counted_value: Annotated[
        str, typer.Option(help="The right counted value, if it was wrong (unique_count only).")
    ] = "",
    cost: Annotated[
        str, typer.Option(help="What the vendor charges, of a resold event (closed book).")
    ] = "",
    actor: Actor = "",
) -> None:
    """Replace a wrong event by the right one. Said again, nothing changes.

    Both stay in the record; only the right one counts. What is not given stays as it was.

    Example: python -m jobs supersede 8c0f3a52-6f5b-4f0e-9d2c-3b6f5a1e7c40 --client harbour
    --quantity 214.5 --reason "The collector counted volume 7 twice"

    Exit code 0: it is recorded, now or before. 1: refused, with the reason.
    """
    correction = _checked(
        quantity=quantity,
        cost=cost,
        occurred=occurred,
        reason=reason,
        resource=resource or None,
        counted_value=counted_value or None,
    )
    corrected = _correct(event, client, correction, actor)
    typer.echo(f"{_said(corrected, 'superseded')} The right event is {corrected.event_id}.")


def withdraw(
    event: EventArgument, client: ClientOption, reason: ReasonOption, actor: Actor = ""
) -> None:
    """Take a wrong event back. Said again, nothing changes.

    It stays in the record, with the reason, and counts no more.

    Example: python -m jobs withdraw 8c0f3a52-6f5b-4f0e-9d2c-3b6f5a1e7c40 --client harbour
    --reason "Test run of the collector"

    Exit code 0: it is recorded, now or before. 1: refused, with the reason.
    """
    corrected = _correct(event, client, Correction(reason=reason, quantity=None), actor)
    typer.echo(_said(corrected, "withdrawn"))


def _checked(
    *,
    quantity: str,
    cost: str,
    occurred: str,
    reason: str,
    resource: str | None,
    counted_value: str | None,
) -> Correction:
    try:
        return Correction(
            reason=reason,
            quantity=parse_number(quantity),
            cost=parse_number(cost) if cost else None,
            occurred_at=_instant(occurred) if occurred else None,
            resource=resource,
            counted_value=counted_value,
        )
    except (NumberFault, Refusal) as fault:
        _refuse(str(fault))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(occurred_text(text, None))


def _correct(event: str, client: str, correction: Correction, actor: str) -> Corrected:
    try:
        event_id = UUID(event)
    except ValueError:
        _refuse(f"{event[:64]!r} is no event id: it looks like {UUID(int=0)}")
    try:
        with writing_engine() as engine:
            return correct_event(engine, client, event_id, correction, actor=actor_named(actor))
    except Faults as faults:
        _refuse(str(faults))
    except CorrectionRefusedError as refusal:
        _refuse(str(refusal))


def _said(corrected: Corrected, what: str) -> str:
    if corrected.outcome == "duplicate":
        return f"It was {what} so already."
    if corrected.outcome == "late":
        return f"It is {what}; its month is closed, so {corrected.billing_period:%B %Y} bills it."
    return f"It is {what}."


def _refuse(sentence: str) -> NoReturn:
    ended = sentence if sentence.endswith(".") else f"{sentence}."
    typer.echo(f"meterglass: refused: {ended}", err=True)
    raise typer.Exit(1)
