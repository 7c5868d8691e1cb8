"""What happens before the first request, and what stops the start."""

import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, NoReturn

import streamlit as st

from api.collecting import collecting, set_aside
from api.footing import require_safe_footing
from api.log import keep_values_out
from api.small_pieces import send_small_pieces_at_once
from api.watch import watching
from db.faults import StartFault
from db.portal import open_connections, portal_engine, settings
from db.writer import writer_engine

#: What the first pages would import, after all else has settled.
_IMPORTED_LATE: Final = ("numpy", "PIL.ImageFile", "streamlit.material_icon_names")
#: For so long one thread may compute while another waits to, seconds. What a run draws goes out
#: piece by piece, and the loop that sends it waits anew for each piece while another run computes.
TURN: Final = 0.0005


def _import_quietly() -> None:
    """Let no library say that no run asked for what it declares on import: none could have.

    Reading a setting makes Streamlit read all of them, which sets the levels of its loggers anew.
    """
    st.get_option("logger.level")
    for about in ("scriptrunner_utils.script_run_context", "caching.cache_data_api"):
        logging.getLogger(f"streamlit.runtime.{about}").setLevel(logging.ERROR)


# The frame of the portal imports what pages draw with right after this module.
_import_quietly()


def lifespan(packages: tuple[str, ...]) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    """The portal's life: check what it stands on, import what every page needs, serve.

    Args:
        packages: names of the packages that pages draw with.
    """

    @asynccontextmanager
    async def living(_app: st.App) -> AsyncIterator[None]:
        try:
            keep_values_out(quietly=settings().demo)
            require_safe_footing()
        except StartFault as fault:
            _refuse(str(fault))
        for package in packages:
            _settle_imports(package)
        open_connections()
        sys.setswitchinterval(TURN)
        send_small_pieces_at_once()
        async with watching(), collecting():
            yield
        for engine in (portal_engine(), writer_engine()):
            if engine is not None:
                engine.dispose()

    return living


def _settle_imports(package: str) -> None:
    """Import all that pages draw with, and keep it out of each run's garbage collection.

    Streamlit collects all generations after every script run; what is frozen costs nothing.
    """
    found = pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")
    for name in (*(module.name for module in found), *_IMPORTED_LATE):
        importlib.import_module(name)
    set_aside()


def _refuse(sentence: str) -> NoReturn:
    """End the process with one line. The server would wrap any exception in a traceback."""
    sys.stderr.write(f"Meterglass does not start. {sentence}\n")
    sys.stderr.flush()
    os._exit(1)
