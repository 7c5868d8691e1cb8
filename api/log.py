"""What is written to the log: what happened and where in the code, never the values."""

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict, Processor

from db.queries.api_keys import KeyScope

_ROOT: Final = Path(__file__).parents[1]
_STAMPED: Final[tuple[Processor, ...]] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
#: A failure's traceback as text, without variables; then one JSON object per line.
_FOR_A_PROGRAM: Final[tuple[Processor, ...]] = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
)


def keep_values_out(*, quietly: bool = False) -> None:
    """Write failures without the variables of the code that failed.

    A typed password is a variable there, and so is what opens a session. Text in a line is
    quoted, so that nothing a browser sends can pass for a line of its own.

    Args:
        quietly: whether to write only what went wrong, to be read as it comes. Else each line
            is a JSON object, to be read by a program.
    """
    drawn = (_for_a_terminal(),) if quietly else _FOR_A_PROGRAM
    least = logging.WARNING if quietly else logging.INFO
    structlog.configure(
        processors=[*_STAMPED, *drawn],
        wrapper_class=structlog.make_filtering_bound_logger(least),
    )


def _for_a_terminal() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=False,
        repr_native_str=True,
        exception_formatter=structlog.dev.plain_traceback,
    )


def write_json() -> None:
    """Write one JSON object per line, the server's own lines too."""
    structlog.configure(processors=[*_STAMPED, structlog.processors.JSONRenderer()])
    server = logging.StreamHandler()
    server.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[*_STAMPED, _without_values],
        )
    )
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
    logging.getLogger("uvicorn").handlers = [server]


def _without_values(_logger: object, _method: str, line: EventDict) -> EventDict:
    """A failure that the server itself tells of, by its kind and place."""
    failed = line.pop("exc_info", None)
    error = failed[1] if isinstance(failed, tuple) else None
    return {**line, **_told(error)} if isinstance(error, BaseException) else line


def silence_addresses() -> None:
    """Let the server write no line per request: an address may hold what its sender put there.

    Posts have a line of their own.
    """
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False


def log_post(
    request_id: str, address: str, scope: KeyScope, size: int, counts: Mapping[str, int]
) -> None:
    """Note a post: who, from where, how much, and what became of it."""
    structlog.get_logger().info(
        "posted",
        request_id=request_id,
        address=address,
        key=scope.prefix,
        source=scope.source,
        clients=len(scope.clients),
        bytes=size,
        **counts,
    )


def log_refusal(request_id: str, address: str, status: int, detail: str) -> None:
    """Note a request that was refused, in our own words for why."""
    structlog.get_logger().warning(
        "refused", request_id=request_id, address=address, status=status, why=detail
    )


def log_failure(event: str, error: BaseException, *, request_id: str) -> None:
    """Note a failure by its kind and place; its message may quote what was sent."""
    structlog.get_logger().error(event, request_id=request_id, **_told(error))


def _told(error: BaseException) -> dict[str, object]:
    places = traceback.extract_tb(error.__traceback__)
    original = error.orig if isinstance(error, DBAPIError) else None
    return {
        "error": type(error).__name__,
        "cause": type(original).__name__ if original else None,
        "sqlstate": getattr(original, "pgcode", None),
        "at": [f"{_short(each.filename)}:{each.lineno} {each.name}" for each in places],
    }


def _short(path: str) -> str:
    found = Path(path)
    if found.is_relative_to(_ROOT):
        return found.relative_to(_ROOT).as_posix()
    return "/".join(found.parts[-2:])
