"""What the product reaches: no other host, no file of a browser, no door of a framework."""

import ast
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.source_tree import ROOT, Source, sources

#: Modules that open connections, and who may: each to the portal itself, or to look at a port.
CONNECTING = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "imaplib",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}
MAY_CONNECT = {
    "api/small_pieces.py": "tells what listens already not to hold small pieces back",
    "db/embedded.py": "finds a free port of this machine",
    "db/patience.py": "sets how long a silent network is waited for",
    "demo/posting.py": "posts the demo's readings to the portal",
    "jobs/portal_process.py": "asks the portal that it started whether it answers",
}
#: Elements by which Streamlit takes files, or serves them at addresses open to whoever knows them.
FILES = {
    "audio",
    "audio_input",
    "camera_input",
    "chat_input",
    "download_button",
    "file_uploader",
    "image",
    "logo",
    "pdf",
    "video",
}
#: Elements that read Markdown, in which a text from outside loads an image or links elsewhere.
MARKDOWN = {"caption", "markdown", "metric", "write", "write_stream"}


#: Modules whose numbers can be guessed, and who may use them: nowhere is a secret made of one.
GUESSABLE = {"random", "numpy.random", "uuid.uuid1", "uuid.uuid4"}
MAY_GUESS = {
    "api/live_stream.py": "wakes pages that opened together apart",
    "db/commands/ingest/retries.py": "lets two writers step aside differently",
    "demo/generator.py": "invents the demo's readings",
    "demo/rhythm.py": "invents the demo's readings",
    "demo/series.py": "invents the demo's readings",
}
NOT_THE_PRODUCT = {"bench", "pytest", "tests"}


def imported(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{each.name}" for each in node.names))


def reaching(source: Source) -> set[str]:
    return {
        name
        for name in imported(source)
        for each in CONNECTING
        if f"{name}.".startswith(f"{each}.")
    }


def drawn_with(source: Source, names: set[str]) -> list[str]:
    return [
        f"{source.name}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and ast.unparse(node.value) in {"st", "st.sidebar"}
    ]


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_nothing_but_the_named_modules_opens_a_connection_of_its_own() -> None:
    found = {source.name for source in sources() if reaching(source)}
    assert found - MAY_CONNECT.keys() == set()


def test_no_guessable_number_stands_where_a_secret_is_made() -> None:
    found = {source.name for source in sources() if GUESSABLE & set(imported(source))}
    assert found - MAY_GUESS.keys() == set()


def test_the_product_knows_neither_tests_nor_benchmarks() -> None:
    found = {
        f"{source.name}: {name}"
        for source in sources()
        for name in imported(source)
        if name.split(".")[0] in NOT_THE_PRODUCT
    }
    assert found == set()


def test_no_page_takes_a_file_or_serves_one_past_the_routes() -> None:
    assert [each for source in sources() for each in drawn_with(source, FILES)] == []


def test_no_page_reads_markdown() -> None:
    assert [each for source in sources() for each in drawn_with(source, MARKDOWN)] == []


def test_a_module_that_connects_and_an_element_that_serves_files_are_noticed() -> None:
    source = Source(name="c.py", text="from urllib import request\nst.sidebar.image(x)\n")
    assert reaching(source) == {"urllib.request"}
    assert GUESSABLE & set(imported(Source(name="c.py", text="from uuid import uuid4")))
    assert drawn_with(source, FILES) == ["c.py:2 st.sidebar.image"]


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("global", "developmentMode", False),
        ("server", "headless", True),
        ("server", "enableXsrfProtection", True),
        ("server", "enableCORS", True),
        ("server", "enableStaticServing", False),
        ("server", "maxUploadSize", 1),
        ("server", "maxMessageSize", 4),
        ("server", "maxWidgetStateSize", 1),
        ("server", "disconnectedSessionTTL", 30),
        ("server", "fileWatcherType", "none"),
        ("client", "showErrorDetails", "none"),
        ("client", "toolbarMode", "viewer"),
        ("client", "disableDataExport", True),
        ("client", "allowedOrigins", []),
        ("browser", "gatherUsageStats", False),
        ("runner", "magicEnabled", False),
    ],
)
def test_the_doors_that_streamlit_opens_by_itself_are_shut(
    section: str, name: str, value: object
) -> None:
    assert settings()[section][name] == value
