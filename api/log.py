"""What the portal writes to its log: what happened and where in the code, never the values."""

import structlog


def keep_values_out() -> None:
    """Write failures without the variables of the code that failed.

    A typed password is a variable there, and so is what opens a session. Text in a line is
    quoted, so that nothing a browser sends can pass for a line of its own.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=False,
                repr_native_str=True,
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ]
    )
