"""The description of the routes: true to the code, and tried with requests made from it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from api.machines import PREFIX, ROUTER
from billing_core.event import LONGEST_CODE, LONGEST_RESOURCE, LONGEST_TEXT
from intake.cloudevents import MOST_EVENTS
from intake.cloudevents.usage import TYPE
from tests.support.portal import ROOT
from tests.support.taking import Taker, new_collector, running_taker


@pytest.fixture(scope="module")
def description(taker: Taker) -> dict[str, Any]:
    answer = httpx.get(f"{taker.url}/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_every_route_for_programs_is_described(description: dict[str, Any]) -> None:
    routed = {
        f"{PREFIX}{route.path}": {method.lower() for method in route.methods or ()} - {"head"}
        for route in ROUTER.routes
        if isinstance(route, Route)
    }
    assert len(routed) == len(ROUTER.routes)
    described = {path: set(methods) for path, methods in description["paths"].items()}
    health = {"/healthz": {"get"}, "/readyz": {"get"}}
    assert described == {**routed, **health}


def test_the_limits_described_are_those_of_the_code(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    content = description["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]
    assert content["application/cloudevents-batch+json"]["schema"]["maxItems"] == MOST_EVENTS
    assert schemas["Event"]["properties"]["type"] == {"const": TYPE}
    fields = schemas["Usage"]["properties"]
    longest = {name: fields[name]["maxLength"] for name in ("meter", "resource", "reason")}
    assert longest == {
        "meter": LONGEST_CODE,
        "resource": LONGEST_RESOURCE,
        "reason": LONGEST_TEXT,
    }


def test_requests_made_from_the_description_find_nothing(taker: Taker, tmp_path: Path) -> None:
    settings = {
        "METERGLASS_POSTS_PER_MINUTE": "1000000",
        "METERGLASS_FAILED_KEYS_PER_MINUTE": "1000000",
    }
    with running_taker(taker.database, tmp_path, settings=settings) as patient:
        key = new_collector(patient).key
        found = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                f"--config-file={ROOT / 'tests/api/schemathesis.toml'}",
                "run",
                f"{patient.url}/api/v1/openapi.json",
                f"--header=Authorization: Bearer {key}",
                # One operation has three modes, and OpenAPI can't say that a header belongs to one
                # of them only. Sent always, it makes a body of application/json an event; the other
                # modes don't read it.
                "--header=ce-specversion: 1.0",
                "--max-examples=20",
                "--seed=20261102",
                "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode == 0, found.stdout[-4000:]
    # All but the address of the description itself.
    assert "3 selected / 3 total" in found.stdout
