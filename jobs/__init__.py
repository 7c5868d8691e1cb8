"""What runs without a viewer, and the command line: python -m jobs."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python shall say so before it meets syntax it cannot read
    sys.stderr.write(
        "Meterglass needs Python 3.11 or newer; this is Python %d.%d.\n" % sys.version_info[:2]  # noqa: UP031 - must be readable by an old Python
    )
    raise SystemExit(1)
