"""The command line: python -m jobs COMMAND."""

import importlib
import sys

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from db.faults import StartFault, unreachable
from jobs import database

app = typer.Typer(
    name="meterglass",
    help="What runs without a viewer: setting up, taking in usage, quoting, serving.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(database.app, name="database")


def _mount() -> None:
    for module, name, kind in (
        ("jobs.setup", "app", "setup"),
        ("jobs.ingest", "ingest", "ingest"),
        ("jobs.quote", "quote", "quote"),
        ("jobs.api_key", "app", "api-key"),
        ("jobs.user", "app", "user"),
        ("jobs.demo", "app", "demo"),
        ("jobs.serve", "serve", "serve"),
    ):
        try:
            part = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
        if isinstance(part, typer.Typer):
            app.add_typer(part, name=kind)
        else:
            app.command(name=kind)(part)


_mount()


def main() -> int:
    """Run the command of the command line.

    Returns:
        The exit code: 1 for what the operator has to mend, told in one sentence.
    """
    try:
        app()
    except StartFault as fault:
        return _refused(str(fault))
    except (OperationalError, InterfaceError) as fault:
        return _refused(str(unreachable(fault.orig or fault)))
    return 0


def _refused(sentence: str) -> int:
    print(f"meterglass: {sentence}", file=sys.stderr)  # noqa: T201 - the command line speaks here
    return 1


if __name__ == "__main__":
    sys.exit(main())
