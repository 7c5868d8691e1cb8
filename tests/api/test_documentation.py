"""The examples of docs/api.md, as they stand there."""

import re
import shlex
from typing import Any

import httpx

from tests.support.portal import ROOT
from tests.support.taking import Collector, Taker, new_collector
from tests.support.usage import ground

DOCUMENT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\n(curl .+?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def run(collector: Collector, command: str) -> dict[str, Any]:
    """Do what curl would do: the address, -H and -d."""
    shown = command.replace("$METERGLASS", collector.taker.url).replace("$KEY", collector.key)
    name, address, *options = shlex.split(shown.replace("\\\n", " "))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert name == "curl"
    assert {option for option, _ in pairs} == {"-H", "-d"}
    headers = dict(value.split(": ", 1) for option, value in pairs if option == "-H")
    (body,) = [value for option, value in pairs if option == "-d"]
    answer = httpx.post(address, content=body.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_every_example_does_what_the_document_says(taker: Taker) -> None:
    client = ground(taker.database, slug="harbour")
    collector = new_collector(taker, client)
    told = [run(collector, example) for example in EXAMPLES]
    assert [each["accepted"] for each in told] == [2, 1, 1]
    shown = re.findall(r'"outcome": "(\w+)"', DOCUMENT)
    assert [each["outcome"] for each in told[0]["events"]] == shown
    assert client.rows(
        "SELECT event_count::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(3,)]


def test_the_document_shows_the_answer_as_it_is(taker: Taker) -> None:
    client = ground(taker.database, slug="quayside")
    example = EXAMPLES[0].replace('"harbour"', '"quayside"')
    told = run(new_collector(taker, client), example)
    (shown,) = re.findall(r"^```json\n(.+?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert httpx.Response(200, text=shown).json() == told
