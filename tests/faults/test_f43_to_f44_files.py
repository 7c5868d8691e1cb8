"""F43 and F44: nothing is handed out as a file, and no path leads to one of the server's."""

import http.client
import re
from typing import Final

import pytest

from tests.faults.quays import PAGES, SESSION, Quay
from tests.support.source_tree import ROOT
from tests.support.visits import Visit

#: What Streamlit draws with a way to take its content along.
WAYS_OUT: Final = re.compile(
    r"^  (arrow_data_frame|arrow_table|download_button|file_uploader) \{", re.MULTILINE
)
SHOWN: Final = ("show=days", "show=resources", "show=records", "show=quality")
UPWARD: Final = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "....//", "/")
BEHIND: Final = (
    "/media/",
    "/app/static/",
    "/component/",
    "/component/meterglass_watch/",
    "/_stcore/bidi-components/",
    "/_stcore/bidi-components/meterglass_watch/",
    "/_stcore/upload_file/",
    "/static/",
)
#: Signs of what lies on the server: accounts, our own code, our own settings.
INSIDES: Final = re.compile(rb"root:|st\.App|import streamlit|\[server\]|METERGLASS_")


def test_f43_no_page_offers_a_file(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.boss)) as visit:
        asked = [(each, "client=harbour") for each in PAGES]
        chosen = f"client=harbour&period={quay.month}&meter=egress"
        asked += [("consumption", f"{chosen}&{shown}") for shown in SHOWN]
        for where, query in asked:
            visit.run(where, query)
            assert visit.sees("Sign out")
            assert [each for each in visit.elements if WAYS_OUT.search(each)] == []
            assert not visit.sees("/media/")


def test_f43_no_table_of_streamlits_can_be_taken_along() -> None:
    settings = (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    assert re.search(r"^disableDataExport = true$", settings, re.MULTILINE)


def answer_to(quay: Quay, path: str, cookies: dict[str, str]) -> tuple[int, bytes]:
    """What the portal answers to a path exactly as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", quay.portal.port, timeout=60)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.putheader("Cookie", cookie)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("behind", BEHIND)
def test_f44_no_path_climbs_to_a_file_of_the_server(
    quay: Quay, behind: str, *, signed_in: bool
) -> None:
    cookies = quay.cookies(quay.ada) if signed_in else {SESSION: "x" * 43}
    for upward in UPWARD:
        for file in ("etc/passwd", "app.py", ".streamlit/config.toml"):
            status, body = answer_to(quay, f"{behind}{upward * 8}{file}", cookies)
            assert status in {400, 401, 404}, (upward, file)
            assert not INSIDES.search(body)


@pytest.mark.parametrize("path", ["/media/", "/media/x%00.png", "/component/", "/app/static/%00"])
def test_f44_a_path_that_names_nothing_is_not_there(quay: Quay, path: str) -> None:
    assert answer_to(quay, path, quay.cookies(quay.ada))[0] in {400, 404}
