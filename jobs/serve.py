"""``python -m jobs serve``: the portal and, where no database is set, PostgreSQL too.

This process, its watchdog, the portal, the worker, PostgreSQL with its guard and, with the demo,
its collectors. None of them outlives this one, in whichever way it ends.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Annotated

import typer

from db.embedded import Urls
from db.faults import StartFault
from db.settings import Settings, load_settings
from db.urls import let_go, resolve_urls
from demo.people import sign_in_lines
from jobs.beside import Beside
from jobs.database_check import require_ready_database
from jobs.demo_process import DemoLoad, demo_feed
from jobs.own_key import ensure_own_key
from jobs.portal_process import (
    PortalProcess,
    local_address,
    own_environment,
    portal_command,
    portal_environment,
    require_free_port,
    shown_address,
)
from jobs.stopping import Stopped, stoppable
from jobs.watchdog import Watchdog


def serve(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demo, and offer its people at sign-in.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="The port; METERGLASS_PORT or 8501.")] = None,
    address: Annotated[
        str | None, typer.Option(help="The address; METERGLASS_ADDRESS or 127.0.0.1.")
    ] = None,
) -> None:
    """Start the portal and keep it running until Ctrl-C."""
    try:
        with stoppable():
            _serve(_settings(demo=demo, port=port, address=address))
    except StartFault as fault:
        _say(f"meterglass: {fault}", error=True)
        raise typer.Exit(1) from None
    except Stopped:
        _say("Stopped.")


def _settings(*, demo: bool, port: int | None, address: str | None) -> Settings:
    wanted = {"demo": demo or None, "port": port, "address": address}
    given = {name: value for name, value in wanted.items() if value is not None}
    return load_settings().model_copy(update=given)


def _serve(settings: Settings) -> None:
    require_free_port(settings.address, settings.port)
    with ExitStack() as running:
        watchdog = running.enter_context(_watched())
        running.callback(let_go)
        urls = resolve_urls(settings)
        require_ready_database(urls)
        ensure_own_key(settings, urls)
        if settings.demo:
            _demo(settings, urls, watchdog, running)
        portal = _portal(settings, urls, watchdog)
        running.callback(portal.stop)
        portal.wait_until_it_answers(local_address(settings))
        for each in _beside(settings, urls):
            watchdog.group(each.pid)
            running.callback(each.stop)
        _announce(settings)
        raise StartFault(f"the portal ended by itself with code {portal.wait()}.")


@contextmanager
def _watched() -> Iterator[Watchdog]:
    watchdog = Watchdog()
    try:
        yield watchdog
    finally:
        watchdog.close()


def _demo(settings: Settings, urls: Urls, watchdog: Watchdog, running: ExitStack) -> None:
    """Load the demo into an empty database; bring a loaded one up to date while the portal runs."""
    load = DemoLoad(urls, _same_database(settings))
    watchdog.group(load.pid)
    running.callback(load.stop)
    if load.is_first:
        load.wait_until_loaded()
        watchdog.ended(load.pid)


def _same_database(settings: Settings) -> dict[str, str]:
    """The environment of our other programs, which use the database that we do."""
    directory = str(settings.data_directory.absolute())
    return {**own_environment(), "METERGLASS_DATA_DIRECTORY": directory}


def _beside(settings: Settings, urls: Urls) -> Iterator[Beside]:
    """Start what runs beside the portal: who notices crossings, and the demo's collectors."""
    if urls.writer is not None:
        yield Beside("worker", environment=_same_database(settings), quiet=True)
    if settings.demo:
        yield demo_feed(settings, _same_database(settings))


def _portal(settings: Settings, urls: Urls, watchdog: Watchdog) -> PortalProcess:
    environment = portal_environment(own_environment(), settings, urls)
    portal = PortalProcess(portal_command(settings), environment)
    watchdog.group(portal.pid)
    return portal


def _announce(settings: Settings) -> None:
    _say(f"Meterglass is at {settings.public_url or shown_address(settings)} (Ctrl-C stops it)")
    for line in sign_in_lines() if settings.demo else ():
        _say(line)


def _say(line: str, *, error: bool = False) -> None:
    with suppress(OSError):  # the terminal may be gone
        typer.echo(line, err=error)
