"""The command line: python -m jobs COMMAND."""

import sys
from typing import Final

import typer
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from db.faults import StartFault, unreachable
from jobs import api_key, database, demo, rejected, setup, user
from jobs.ingest import ingest
from jobs.quote import quote
from jobs.serve import serve
from jobs.supersede import supersede, withdraw
from jobs.worker import worker

COULD_NOT_RUN: Final = 2

app = typer.Typer(
    name="meterglass",
    help="What runs without a viewer: setting up, taking in usage, quoting, serving.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(database.app, name="database")
app.add_typer(setup.app, name="setup")
app.add_typer(user.app, name="user")
app.add_typer(api_key.app, name="api-key")
app.add_typer(rejected.app, name="rejected")
app.add_typer(demo.app, name="demo")
app.command(name="ingest")(ingest)
app.command(name="supersede")(supersede)
app.command(name="withdraw")(withdraw)
app.command(name="quote")(quote)
app.command(name="serve")(serve)
app.command(name="worker")(worker)


def main() -> int:
    """Run the command of the command line.

    Returns:
        The exit code: 2 for what keeps the command from running, told in one sentence.
    """
    try:
        app()
    except StartFault as fault:
        return _refused(fault)
    except (OperationalError, InterfaceError, InternalError) as fault:
        return _refused(unreachable(fault.orig or fault))
    return 0


def _refused(fault: StartFault) -> int:
    print(f"meterglass: {fault}", file=sys.stderr)  # noqa: T201 - the command line speaks here
    return COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
