"""How many streams are tried: some, always the same, or as many others as are asked for."""

import os

from hypothesis import HealthCheck, settings

HUNT = "ORACLE_EXAMPLES"


def bounded(examples: int) -> settings:
    """The settings of a test; ORACLE_EXAMPLES=5000 hunts with so many, others each time."""
    hunted = os.environ.get(HUNT)
    return settings(
        max_examples=int(hunted or examples),
        derandomize=hunted is None,
        print_blob=hunted is not None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
