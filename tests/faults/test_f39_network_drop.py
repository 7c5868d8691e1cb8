"""F39: the network breaks and comes back: the same person with the same choice, or the sign-in."""

import socket
from contextlib import suppress

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from tests.faults.quays import Quay, alerts
from tests.support.portal import running_portal
from tests.support.visits import Visit


def drop(visit: Visit) -> None:
    """Break a visit's connection without a word to the portal."""
    visit.socket.socket.shutdown(socket.SHUT_RDWR)
    with suppress(ConnectionClosed):
        while True:
            visit.socket.recv(10, decode=False)


def ask(visit: Visit, page: str, query: str) -> None:
    """Ask for a page and don't wait for it."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    visit.socket.send(asked.SerializeToString())


def asks_to_sign_in(visit: Visit) -> bool:
    return visit.sees('label: "E-mail address"') and not visit.sees("Sign out")


def test_f39_after_a_drop_the_same_person_has_the_same_choice(quay: Quay) -> None:
    cookies = quay.cookies(quay.mara)
    with Visit.to(quay.portal, cookies) as before:
        before.run("consumption", f"client=quayside&period={quay.month}&meter=egress")
        drop(before)
    with Visit.to(quay.portal, cookies, resumes=before.session_id) as after:
        after.run("consumption", f"period={quay.month}&meter=egress&show=resources")
        assert after.session_id == before.session_id
        assert after.sees("mara@msp.example")
        assert after.sees("quayside-vm-0")
        assert not after.sees("harbour-vm-0")


def test_f39_a_drop_in_the_middle_of_a_run_leaves_no_half_page(quay: Quay) -> None:
    cookies, query = quay.cookies(quay.ada), f"period={quay.month}&meter=egress&show=resources"
    with Visit.to(quay.portal, cookies) as before:
        before.run()
        ask(before, "consumption", query)
        drop(before)
    with Visit.to(quay.portal, cookies, resumes=before.session_id) as after:
        # What the broken run still drew comes first.
        drawn = [[*after.run("consumption", query).elements] for _ in range(3)]
        assert any("harbour-vm-2" in element for element in drawn[-1])
        assert alerts(after) == []


def test_f39_a_dropped_visit_is_taken_up_by_nobody_else(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as dropped:
        dropped.run("consumption", f"period={quay.month}")
        drop(dropped)
    with Visit.to(quay.portal, resumes=dropped.session_id) as stranger:
        assert asks_to_sign_in(stranger.run("consumption", f"period={quay.month}"))
    with Visit.to(quay.portal, quay.cookies(quay.quin), resumes=dropped.session_id) as quin:
        quin.run("consumption", f"period={quay.month}&meter=egress&show=resources")
        assert quin.session_id != dropped.session_id
        assert quin.sees("quin@quayside.example")
        assert not quin.sees("harbour")


def test_f39_a_session_that_ended_meanwhile_comes_back_to_the_sign_in(quay: Quay) -> None:
    cookies = quay.cookies(quay.quin)
    with Visit.to(quay.portal, cookies) as before:
        before.run()
        drop(before)
    quay.change("UPDATE auth.session SET revoked_at = now() WHERE person_id = :p", p=quay.quin)
    with Visit.to(quay.portal, cookies, resumes=before.session_id) as after:
        assert asks_to_sign_in(after.run("consumption", f"period={quay.month}"))
        assert not after.sees("quayside")


def test_f39_a_portal_that_never_knew_the_visit_shows_the_same_person_the_same_address(
    quay: Quay, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cookies, query = quay.cookies(quay.mara), "client=quayside&meter=egress&show=resources"
    with Visit.to(quay.portal, cookies) as before:
        before.run("consumption", f"{query}&period={quay.month}")
        drop(before)
    with (
        running_portal(quay.database, tmp_path_factory.mktemp("portal")) as redeployed,
        Visit.to(redeployed, cookies, resumes=before.session_id) as after,
    ):
        after.run("consumption", f"{query}&period={quay.month}")
        assert after.sees("mara@msp.example")
        assert after.sees("quayside-vm-0")
        assert not after.sees("harbour-vm-0")
