"""The command line: python -m jobs COMMAND."""

import sys
from importlib import import_module
from typing import Final, cast

import typer
from typer.core import TyperCommand, TyperGroup

COULD_NOT_RUN: Final = 2
#: Each command's module and its name there. Only the module of the command that was asked for is
#: loaded: all together they take longer to load than most commands to run.
COMMANDS: Final = {
    "ingest": ("jobs.ingest", "ingest"),
    "supersede": ("jobs.supersede", "supersede"),
    "withdraw": ("jobs.supersede", "withdraw"),
    "close": ("jobs.close", "close"),
    "credit": ("jobs.credit", "credit"),
    "books": ("jobs.books", "app"),
    "quote": ("jobs.quote", "quote"),
    "verify": ("jobs.verify", "verify"),
    "serve": ("jobs.serve", "serve"),
    "worker": ("jobs.worker", "worker"),
    "database": ("jobs.database", "app"),
    "setup": ("jobs.setup", "app"),
    "user": ("jobs.user", "app"),
    "client": ("jobs.client", "app"),
    "api-key": ("jobs.api_key", "app"),
    "signing-key": ("jobs.signing_key", "app"),
    "audit": ("jobs.audit", "audit"),
    "rejected": ("jobs.rejected", "app"),
    "demo": ("jobs.demo", "app"),
}


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - Typer's signature
        """The names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002 - as above
        """The command of a name; None where there is none."""
        return _loaded(cmd_name) if cmd_name in COMMANDS else None


def _loaded(name: str) -> TyperCommand:
    module, attribute = COMMANDS[name]
    found = getattr(import_module(module), attribute)
    group = typer.Typer(add_completion=False)
    group.callback()(_without_options)
    if isinstance(found, typer.Typer):
        group.add_typer(found, name=name)
    else:
        group.command(name=name)(found)
    return cast("TyperCommand", typer.main.get_group(group).commands[name])


def _without_options() -> None:
    """What has a callback is a group, also with a single command."""


app = typer.Typer(
    cls=Commands,
    name="meterglass",
    help="What runs without a viewer: setting up, taking in usage, quoting, serving.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.callback()(_without_options)


def main() -> int:
    """Run the command of the command line.

    Returns:
        The exit code: 2 for what keeps the command from running, told in one sentence.
    """
    try:
        app()
    except Exception as fault:
        sentence = _sentence_of(fault)
        if sentence is None:
            raise
        print(f"meterglass: {sentence}", file=sys.stderr)  # noqa: T201 - the command line speaks here
        return COULD_NOT_RUN
    return 0


def _sentence_of(fault: Exception) -> str | None:
    """What to say of a fault that keeps a command from running; None of any other.

    Only a command that loaded the database can have it: others need not be able to.
    """
    if "db.faults" not in sys.modules:
        return None
    from sqlalchemy.exc import InterfaceError, InternalError, OperationalError  # noqa: PLC0415 - see above

    from db.faults import StartFault, unreachable  # noqa: PLC0415 - see above

    if isinstance(fault, InterfaceError | InternalError | OperationalError):
        return str(unreachable(fault.orig or fault))
    return str(fault) if isinstance(fault, StartFault) else None


if __name__ == "__main__":
    sys.exit(main())
