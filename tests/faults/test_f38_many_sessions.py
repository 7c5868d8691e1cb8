"""F38: many sessions of several clients at once, in two portal processes: none sees another's.

Thirty are enough to be mixed up; what two hundred cost is the bench's affair.
"""

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.faults.quays import alerts, cookies_of, month_of, new_client, use
from tests.support.database import Database, DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.usage import Ground
from tests.support.visits import Visit

CLIENTS = ("alder", "birch", "cedar", "damson", "elder", "fir")
SESSIONS_EACH = 5
MACHINE = re.compile(r"([a-z]+)-vm-[a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Two portals over six clients."""

    portals: tuple[Portal, Portal]
    database: Database
    clients: dict[str, int]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One session of a client, at one of the portals."""

    client: str
    visit: Visit
    month: str

    def seen(self) -> set[str]:
        """Whose machines a page, two views and a page again showed."""
        chosen = f"period={self.month}&meter=egress"
        found: set[str] = set()
        for page, query in (
            ("consumption", f"{chosen}&show=resources"),
            ("", ""),
            ("consumption", f"{chosen}&show=records"),
        ):
            self.visit.run(page, query)
            assert alerts(self.visit) == []
            found |= set(MACHINE.findall("\n".join(self.visit.elements)))
        return found


@pytest.fixture(scope="module")
def forest(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forest]:
    database, now = server.copy(), datetime.now(UTC)
    clients = {slug: new_client(database, slug, now) for slug in CLIENTS}
    folder = tmp_path_factory.mktemp("portal")
    with running_portal(database, folder) as one, running_portal(database, folder) as other:
        yield Forest(portals=(one, other), database=database, clients=clients, now=now)
    server.drop(database)


def walkers(forest: Forest, stack: ExitStack) -> list[Walker]:
    """Five sessions of each client, in turn at the two portals."""
    arrived = []
    for slug, client_id in forest.clients.items():
        for number in range(SESSIONS_EACH):
            email = f"{slug}-{number}-{secrets.token_hex(4)}@example.com"
            person = forest.database.person(email, ("finance", "it")[number % 2], client_id)
            cookies = cookies_of(forest.database, person)
            visit = stack.enter_context(Visit.to(forest.portals[number % 2], cookies))
            arrived.append(Walker(client=slug, visit=visit, month=month_of(forest.now)))
    return arrived


def note_usage(forest: Forest, machine: str) -> None:
    """Let usage of all clients arrive meanwhile."""
    for slug, client_id in forest.clients.items():
        client = Ground(database=forest.database, client_id=client_id, slug=slug, zone="UTC")
        use(client, forest.now, f"{slug}-vm-{machine}")


def test_f38_none_of_many_sessions_in_two_processes_sees_another_clients_rows(
    forest: Forest,
) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(10) as people:
        arrived = walkers(forest, stack)
        going = [people.submit(walker.seen) for walker in arrived]
        note_usage(forest, "late")
        seen = [each.result() for each in going]
        assert seen == [{walker.client} for walker in arrived]
        assert len(seen) == 30
        for walker in arrived[::7]:
            walker.visit.run("consumption", f"period={walker.month}&meter=egress&show=resources")
            assert walker.visit.sees(f"{walker.client}-vm-late")


def test_f38_one_cookie_is_the_same_person_in_both_processes(forest: Forest) -> None:
    person = forest.database.person("gum@example.com", "finance", forest.clients["fir"])
    cookies = cookies_of(forest.database, person)
    for portal in forest.portals:
        with Visit.to(portal, cookies) as visit:
            assert visit.run("account").sees("gum@example.com")
    with forest.database.as_owner() as connection:
        connection.exec_driver_sql("UPDATE auth.session SET revoked_at = now()")
    for portal in forest.portals:
        with Visit.to(portal, cookies) as visit:
            assert visit.run("account").sees('label: "E-mail address"')
