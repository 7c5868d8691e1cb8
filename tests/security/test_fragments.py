"""A fragment runs again without its page, and so asks again who is looking."""

import ast
import hashlib
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from db.portal import SESSION_COOKIES
from tests.security.conftest import Town, settle
from tests.support.database import DatabaseServer
from tests.support.portal import running_portal
from tests.support.source_tree import dotted, sources
from tests.support.visits import Visit, Widget

WAKE = {"event": "wake", "value": 412}
END = "UPDATE auth.session SET revoked_at = now() WHERE session_hash = :session"
LAST_SEEN = (
    "SELECT last_seen_at > now() - interval '1 minute' FROM auth.session"
    " WHERE session_hash = :session"
)
LONG_AGO = (
    "UPDATE auth.session SET last_seen_at = now() - interval '10 minutes'"
    " WHERE session_hash = :session"
)


@pytest.fixture(scope="module")
def town(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    database = server.copy()
    ids = settle(database)
    folder = tmp_path_factory.mktemp("portal")
    with running_portal(database, folder, app="tests/security/fragmented/app.py") as portal:
        yield Town(portal=portal, **ids)
    server.drop(database)


def address_of_file(visit: Visit) -> str:
    """Where Streamlit would serve the file that the last run offered."""
    addresses = (element.split('url: "/media/', 1) for element in visit.elements)
    return next("/media/" + parts[1].split('"', 1)[0] for parts in addresses if len(parts) > 1)


def test_f54_files_that_differ_in_one_byte_are_served_to_nobody_by_address(town: Town) -> None:
    """Streamlit may give both one address; what leaves the house will leave by routes of ours."""
    for person in (town.ada, town.quin):
        cookies = town.cookies(person)
        with Visit.to(town.portal, cookies) as visit, town.browser(cookies) as client:
            answer = client.get(address_of_file(visit.run(query="file=1")))
            assert (answer.status_code, answer.text) == (404, "Not found.")


def test_f54_no_page_of_ours_makes_a_file_that_is_told_by_its_address() -> None:
    made = {"download_button", "image", "audio", "video", "logo", "file_uploader", "pdf"}
    found = [
        f"{source.name}:{node.lineno}"
        for source in sources("pages", "components")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in made and dotted(node).startswith("st.")
    ]
    assert found == []


def test_f55_a_file_of_one_client_is_refused_to_the_other_and_to_strangers(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        address = address_of_file(visit.run(query="file=1"))
        for cookies, status in ((town.cookies(town.quin), 404), ({}, 401)):
            for spelt in (address, f"/{address}", address.replace("media", "medi%61")):
                with town.browser(cookies) as client:
                    answer = client.get(f"{town.portal.url}{spelt}")
                assert answer.status_code in {status, 400}
                assert len(answer.content) < 1024 * 1024


def hashed(cookies: dict[str, str]) -> bytes:
    return hashlib.sha256(cookies[SESSION_COOKIES[False]].encode()).digest()


def test_a_fragment_runs_alone_while_the_session_lives(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        fragment = visit.run().fragment()
        visit.run(fragment=fragment)
        assert visit.sees("figures of harbour")
        assert not visit.sees("above the live part")


def test_a_fragment_of_an_ended_session_shows_nothing(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        fragment = visit.run().fragment()
        with town.database.as_owner() as connection:
            connection.execute(text(END), {"session": hashed(cookies)})
        visit.run(fragment=fragment)
        assert not visit.sees("figures of")
        assert visit.sees("You are signed out.")


def is_kept_alive(town: Town, cookies: dict[str, str], act: Callable[[], object]) -> bool:
    """Whether an act counts as a person's, ten minutes after the last one."""
    given = {"session": hashed(cookies)}
    with town.database.as_owner() as connection:
        connection.execute(text(LONG_AGO), given)
    act()
    with town.database.as_owner() as connection:
        return bool(connection.execute(text(LAST_SEEN), given).scalar())


def test_a_wake_keeps_no_session_alive(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        fragment = visit.run().fragment()
        news: dict[str, Widget] = {visit.trigger("meterglass_wake"): [WAKE]}
        assert not is_kept_alive(town, cookies, lambda: visit.run(fragment=fragment, widgets=news))
        assert visit.sees("figures of harbour")
        assert not visit.sees("above the live part")


def test_a_wake_sent_before_a_click_was_heard_brings_no_other_client_back(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.mara)) as visit:
        assert visit.run(query="client=harbour").sees("figures of harbour")
        assert visit.run(query="client=quayside").sees("figures of quayside")
        fragment = visit.fragment()
        news: dict[str, Widget] = {visit.trigger("meterglass_wake"): [WAKE]}
        visit.run(fragment=fragment, widgets=news, query="client=harbour")
        assert visit.sees("figures of quayside")
        assert not visit.sees("figures of harbour")
        visit.run(fragment=fragment, query="client=harbour")
        assert visit.sees("figures of harbour")


def test_a_click_within_a_live_part_keeps_the_session_alive(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        fragment, button = visit.run().fragment(), visit.widget("act")
        click: dict[str, Widget] = {button: True}
        assert is_kept_alive(town, cookies, lambda: visit.run(fragment=fragment, widgets=click))
        assert is_kept_alive(town, cookies, visit.run)


def test_f39_a_websocket_that_comes_back_keeps_no_session_alive_until_somebody_acts(
    town: Town,
) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        visit.run()
    with Visit.to(town.portal, cookies, resumes=visit.session_id) as back:
        assert not is_kept_alive(town, cookies, back.run)
        assert back.sees("figures of harbour")
        assert is_kept_alive(town, cookies, back.run)


def test_f39_a_websocket_that_comes_back_to_another_portal_process_acts_for_nobody(
    town: Town,
) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies, resumes="7d8be3f0-0000-4000-8000-000000000000") as back:
        assert not is_kept_alive(town, cookies, back.run)
        assert back.sees("figures of harbour")
        assert is_kept_alive(town, cookies, back.run)


@pytest.mark.parametrize("forged", [[WAKE] * 500, [{"event": 7, "value": None}], [[]], ["wake"]])
def test_a_forged_wake_shows_its_sender_his_own_and_harms_nobody(
    town: Town, forged: list[object]
) -> None:
    mine, other = town.cookies(town.ada), town.cookies(town.quin)
    with Visit.to(town.portal, mine) as visit, Visit.to(town.portal, other) as bystander:
        bystander.run()
        fragment = bystander.fragment()
        visit.run()
        news: dict[str, Widget] = {bystander.trigger("meterglass_wake"): forged}
        visit.run(fragment=fragment, widgets=news)
        assert visit.sees("figures of harbour")
        assert not visit.sees("quayside")
        assert is_kept_alive(town, other, bystander.run)
        assert bystander.sees("figures of quayside")
