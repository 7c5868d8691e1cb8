"""`python -m bench --scale small|full`: measure everything and write docs/performance.md."""

import argparse
import sys
from datetime import UTC, datetime

from bench.close import measure as measure_close
from bench.documents import measure as measure_documents
from bench.figures import Figure, Scale, table_of
from bench.http import measure as measure_http
from bench.ingest import measure as measure_ingest
from bench.kills import measure as measure_kills
from bench.line_records import measure as measure_line_records
from bench.live import LOADS, written
from bench.machine import description, load
from bench.page import write_part
from bench.rerun import measure as measure_rerun
from bench.screens import measure as measure_screens
from bench.stored import measure as measure_stored
from bench.verify import measure as measure_verify


def main() -> int:
    """Measure, print and write the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    scale: Scale = parser.parse_args().scale
    busy = load()
    measures = (measure_rerun, measure_screens, measure_ingest, measure_http, measure_stored)
    closing = (measure_close, measure_line_records)
    others = (measure_documents, measure_verify, measure_kills)
    figures = tuple(figure for each in (*measures, *closing, *others) for figure in each(scale))
    text = _section(figures, scale, busy)
    write_part("figures", text)
    print(text)
    live = written(LOADS[scale], command_of(scale))
    return int(any(each.within is False for each in (*figures, *live)))


def command_of(scale: Scale) -> str:
    """What a reader types for the same."""
    return "make bench" if scale == "full" else "make bench SCALE=small"


def _section(figures: tuple[Figure, ...], scale: Scale, busy: str) -> str:
    return (
        f"Measured on {datetime.now(UTC):%-d %B %Y} by `{command_of(scale)}`. {description()}. "
        f"Other work kept {busy} of the machine busy as it began.\n\n{table_of(figures)}"
    )


if __name__ == "__main__":
    sys.exit(main())
