"""Books that are kept elsewhere: python -m jobs books export | take | list. See docs/books.md."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy import Engine

from billing_core.faults import Faults
from billing_core.money import sum_of
from billing_core.period import month_period
from db.commands.legal_invoices import take_legal_invoices
from db.queries.clients import client_ids
from db.queries.exports import exported_document
from db.queries.invoice_heads import issued_months
from db.queries.parties import parties_of
from db.queries.two_books import ComparedMonth, Totals, compared_months
from db.session import writer_transaction
from documents.books import draft_csv, draft_json
from documents.edition import Edition
from documents.files import written
from intake.books import read_legal_invoices
from jobs.listing import show_list
from jobs.writer import Actor, actor_named, writing_engine

app = typer.Typer(help="Books that another system keeps.", no_args_is_help=True)

REFUSED: Final = 1
UNUSABLE: Final = 2
HEADERS: Final = (
    "client",
    "month",
    "here",
    "net",
    "gross",
    "elsewhere",
    "net",
    "gross",
    "net differs by",
    "gross differs by",
)


class Form(StrEnum):
    """How a draft is written."""

    CSV = "csv"
    JSON = "json"


Slug = Annotated[str, typer.Option("--client", help="Slug of one client; left out: all of them.")]
Period = Annotated[str, typer.Option(help="The month, like 2026-10.", show_default=False)]
Folder = Annotated[Path, typer.Option("--to", help="Folder that the files are written to.")]


@app.command()
def export(
    period: Period,
    to: Folder = Path(),
    client: Slug = "",
    *,
    form: Annotated[Form, typer.Option("--form", help="csv, or json with all details.")] = Form.CSV,
    safe: Annotated[
        bool, typer.Option("--safe", help="CSV that a spreadsheet opens without running anything.")
    ] = False,
) -> None:
    """Write the month's documents as drafts for another system, one file for each."""
    month = _month(period)
    with writing_engine() as engine:
        for slug, client_id in _clients(engine, client).items():
            edition = _edition(engine, client_id, month)
            if edition is None:
                typer.echo(f"{slug} {month}: no document yet.")
                continue
            path = to / f"{edition.document.number}.draft.{form}"
            _write(path, _draft(edition, form, safe=safe))
            typer.echo(f"{slug} {month}: {path}")


@app.command()
def take(
    file: Annotated[Path, typer.Argument(help="CSV of legal invoices.", show_default=False)],
    actor: Actor = "",
) -> None:
    """Take back what another system issued, whole or not at all; again, nothing is new."""
    try:
        content = file.read_bytes()
    except OSError as error:
        _refuse([f"{file}: {error.strerror}."], code=UNUSABLE)
    with writing_engine() as engine:
        try:
            invoices = read_legal_invoices(file.name, content)
            new = take_legal_invoices(engine, invoices, actor_named(actor))
        except Faults as faults:
            _refuse([f"{fault}." for fault in faults.faults])
        typer.echo(f"{new} of {len(invoices)} legal invoices are new.")
        months = {(each.client, each.period) for each in invoices}
        known = _clients(engine, "")
        named = {slug: known[slug] for slug in sorted({each.client for each in invoices})}
        _show(
            (slug, row)
            for slug, row in _compared(engine, named)
            if (slug, f"{row.month:%Y-%m}") in months
        )


@app.command("list")
def list_(client: Slug = "", period: Annotated[str, typer.Option(help="One month.")] = "") -> None:
    """List months in both books, shadow months among them, with what they differ by."""
    month = _month(period) if period else ""
    with writing_engine() as engine:
        rows = _compared(engine, _clients(engine, client))
        _show((slug, row) for slug, row in rows if month in ("", f"{row.month:%Y-%m}"))


def _month(period: str) -> str:
    try:
        return month_period(period, "UTC").name
    except Faults as faults:
        _refuse([f"--period: {faults.faults[0].message}."], code=UNUSABLE)


def _clients(engine: Engine, slug: str) -> Mapping[str, int]:
    with writer_transaction(engine, []) as connection:
        known = client_ids(connection)
    if slug and slug not in known:
        _refuse([f"There is no client {slug!r}."])
    return {slug: known[slug]} if slug else known


def _edition(engine: Engine, client_id: int, month: str) -> Edition | None:
    """Give a month's document as its client reads it; None where it has none yet."""
    with writer_transaction(engine, [client_id], of_one_state=True) as connection:
        standing = issued_months(connection, client_id).get(month)
        exported = standing and exported_document(connection, client_id, standing.number)
        if not exported:
            return None
        _, client = parties_of(connection, client_id)
    return Edition(
        document=exported.issued.document,
        locale=client.locale,
        is_legal=exported.is_legal,
        meters=exported.issued.meters,
        evidence=exported.behind.evidence,
        manifest_hash=exported.issued.manifest_hash,
    )


def _draft(edition: Edition, form: Form, *, safe: bool) -> bytes:
    if form is Form.JSON:
        return draft_json(edition)
    return b"".join(draft_csv(edition, safe=safe))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written(path, content)
    except OSError as error:
        _refuse([f"{path}: {error.strerror}."], code=UNUSABLE)


def _compared(engine: Engine, clients: Mapping[str, int]) -> Iterator[tuple[str, ComparedMonth]]:
    for slug, client_id in clients.items():
        with writer_transaction(engine, [client_id], of_one_state=True) as connection:
            months = compared_months(connection, client_id, datetime.now(UTC))
        yield from ((slug, month) for month in months)


def _show(rows: Iterable[tuple[str, ComparedMonth]]) -> None:
    show_list(HEADERS, (_row(slug, month) for slug, month in rows))


def _row(slug: str, compared: ComparedMonth) -> tuple[str, ...]:
    here = _totals(compared.ours, "shadow" if compared.is_shadow else "not issued")
    elsewhere = _totals(compared.theirs, "–")
    return slug, _named(compared.month), *here, *elsewhere, *_difference(compared)


def _named(month: date) -> str:
    return f"{month:%Y-%m}"


def _totals(totals: Totals | None, missing: str) -> tuple[str, str, str]:
    if totals is None:
        return missing, "", ""
    names = " ".join(totals.numbers) or missing
    return names, f"{totals.net:f}", f"{totals.gross:f} {totals.currency}"


def _difference(compared: ComparedMonth) -> tuple[str, str]:
    difference = compared.difference
    if difference is not None and compared.ours is not None:
        currency = compared.ours.currency
        shown = (sum_of([each], currency) for each in (difference.net, difference.gross))
        net, gross = (f"{each:+f}" if each else f"{each:f}" for each in shown)
        return net, gross
    return ("other currency", "") if compared.ours and compared.theirs else ("", "")


def _refuse(sentences: Iterable[str], code: int = REFUSED) -> NoReturn:
    for sentence in sentences:
        typer.echo(f"meterglass: {sentence}", err=True)
    raise typer.Exit(code)
