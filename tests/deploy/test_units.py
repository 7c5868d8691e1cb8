"""The units of deploy/: whole, hardened, and each process with its own login only."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.units import DEPLOY, PROGRAM, SETTINGS, Unit, settings_of
from tests.support.portal import ROOT

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path.name for path in UNITS if path.suffix == ".service"]
LOGINS = re.compile(r"METERGLASS_DATABASE_URL_([A-Z]+)")
#: What every service says of itself.
SHUT = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "MemoryDenyWriteExecute": "yes",
    "RestrictNamespaces": "yes",
    "UMask": "0077",
    "IPAddressDeny": "any",
}


@pytest.fixture(scope="module")
def analyze(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """systemd-analyze, and the units as they would lie here."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("no systemd-analyze on this machine")
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        (folder / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, str(ROOT)))
    return found, folder


def test_systemd_finds_nothing_to_complain_of(analyze: tuple[str, Path]) -> None:
    program, folder = analyze
    told = subprocess.run(
        [program, "verify", *sorted(str(each) for each in folder.iterdir())],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_calls_the_exposure_of_each_service_low(
    analyze: tuple[str, Path], name: str
) -> None:
    program, folder = analyze
    words = ["security", "--offline=true", "--threshold=15", "--no-pager", str(folder / name)]
    told = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_shut(name: str) -> None:
    unit = Unit(name=name)
    assert {key: unit.one(key) for key in SHUT} == SHUT


@pytest.mark.parametrize(
    ("name", "logins", "credential"),
    [
        ("meterglass-portal@.service", ["PORTAL"], "portal"),
        ("meterglass-check.service", ["PORTAL"], "portal"),
        ("meterglass-api.service", ["WRITER"], "writer"),
        ("meterglass-worker.service", ["WRITER"], "writer"),
        ("meterglass-backup.service", [], "backup"),
        ("meterglass-audit.service", ["OWNER", "PORTAL", "WRITER"], "owner"),
    ],
)
def test_each_process_knows_its_own_login_and_no_other(
    name: str, logins: list[str], credential: str
) -> None:
    unit = Unit(name=name)
    file = DEPLOY / "environment" / Path(unit.one("EnvironmentFile")).name
    told = settings_of(file)
    assert sorted(found for each in told if (found := "".join(LOGINS.findall(each)))) == logins
    assert unit.credentials()["pgpass"] == f"{SETTINGS}/{credential}.pgpass"
    passwords = (DEPLOY / f"environment/{credential}.pgpass").read_text("utf-8")
    wanted = {f"meterglass_{login.lower()}" for login in logins} or {"meterglass_backup"}
    assert {line.split(":")[3] for line in passwords.splitlines()} == wanted


def test_the_worker_alone_is_handed_the_key_that_signs() -> None:
    handed = {name: Unit(name=name).credentials() for name in SERVICES}
    key = f"{SETTINGS}/signing.key"
    assert [name for name in SERVICES if "signing.key" in handed[name]] == [
        "meterglass-worker.service"
    ]
    assert handed["meterglass-worker.service"]["signing.key"] == key
    shell = settings_of(DEPLOY / "environment/owner.env")
    assert shell["METERGLASS_SIGNING_KEY"] == key


def test_no_password_stands_in_an_environment() -> None:
    for file in (DEPLOY / "environment").glob("*.env"):
        assert re.findall(r"//[^@/]*:[^@/]*@|PASSWORD=", file.read_text("utf-8")) == []


def test_processes_that_are_told_to_end_have_the_time_they_ask_for() -> None:
    api = Unit(name="meterglass-api.service")
    asked = int(api.command()[api.command().index("--timeout-graceful-shutdown") + 1])
    assert int(api.one("TimeoutStopSec")) > asked
    assert int(Unit(name="meterglass-portal@.service").one("TimeoutStopSec")) > asked


def test_nginx_and_the_target_name_the_same_replicas() -> None:
    proxy = (DEPLOY / "nginx/nginx.conf").read_text("utf-8")
    named = re.findall(r"server 127\.0\.0\.1:(\d+) max_fails", proxy)
    assert (
        re.findall(r"portal@(\d+)\.service", Unit(name="meterglass.target").one("Wants")) == named
    )
    assert len(named) == 2
