"""python -m jobs quote: rate prices and quantities from a file, without a database."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from intake.quotes import quotes_of
from intake.strict_json import UnreadableFile


def quote(
    cases: Annotated[Path, typer.Argument(help="JSON list of cases; see intake/quotes.py")],
) -> None:
    """Quote each case of a file; the results go to standard output, as JSON.

    Exit code 0: all are quoted; 1: some have an error, which stands in their result; 2: the file
    can't be read.
    """
    try:
        quotes = quotes_of(cases)
    except UnreadableFile as fault:
        typer.echo(f"meterglass: {fault}", err=True)
        raise typer.Exit(2) from None
    json.dump([each.as_json() for each in quotes], sys.stdout, indent=1)
    sys.stdout.write("\n")
    raise typer.Exit(1 if any(each.error is not None for each in quotes) else 0)
