"""jobs verify: without database and network, with an exit code for a script."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from documents.keys import SigningKey
from jobs.__main__ import app
from tests.documents.packing import files_of, packed, repacked
from tests.documents.worked import KEY, one_month, three_months
from tests.support.source_tree import ROOT

#: Beside the standard library and our own code: what docs/verify.md has an auditor install, and
#: what that asks for itself.
NEEDED = {
    *("cryptography", "cffi"),
    *("rich", "markdown_it", "mdurl", "pygments"),
    *("typer", "annotated_doc", "shellingham"),
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bundles")
    (made / "bundle.zip").write_bytes(packed(three_months().bundle(2)))
    files = files_of(packed(one_month().bundle()))
    changed = files["document.json"].replace(b"1000.00", b"9000.00")
    (made / "changed.zip").write_bytes(repacked({**files, "document.json": changed}))
    (made / "key.txt").write_text(f"{KEY.verifier_key}\r\n", encoding="utf-8")
    (made / "head.note").write_text(three_months().issued[2].manifest, encoding="utf-8")
    (made / "windows.note").write_bytes(
        three_months().issued[2].manifest.replace("\n", "\r\n").encode()
    )
    return made


def run(folder: Path, bundle: str, *options: str, key: str = "key.txt") -> Result:
    key_given = str(folder / key) if key == "key.txt" else key
    return CliRunner().invoke(app, ["verify", str(folder / bundle), "--key", key_given, *options])


def test_what_holds_is_told_and_the_exit_code_is_0(folder: Path) -> None:
    answer = run(folder, "bundle.zip", "--head", str(folder / "head.note"))
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "holds:     It is signed by quayside.example/invoices, in place 2 of a chain of 3 without a gap.",  # noqa: E501 - a line as it is printed
        "holds:     The head, HARB-2026-0003, is in the chain.",
        "holds:     The records (11 in 6 files) are those that were signed, each hashed again; of its own it excludes 2, each with its reason.",  # noqa: E501 - as above
        "holds:     Computed again, every line (5), the tax and the total of 1274.49 EUR come to the same.",  # noqa: E501 - as above
        "valid:     invoice HARB-2026-0002 of Quayside IT B.V. to harbour.",
    ]


def test_the_key_may_be_given_as_it_is(folder: Path) -> None:
    assert run(folder, "bundle.zip", key=f" {KEY.verifier_key} ").exit_code == 0


def test_no_file_takes_the_place_of_a_key_that_is_typed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = SigningKey("quayside.example/invoices", bytes(32)).verifier_key
    path = tmp_path / str(KEY.verifier_key)
    path.parent.mkdir(parents=True)
    path.write_text(f"{other}\n", encoding="utf-8")
    assert run(folder, "bundle.zip", key=str(KEY.verifier_key)).exit_code == 0
    named = tmp_path / "key+of+harbour.txt"
    named.write_text(f"{other}\n", encoding="utf-8")
    assert run(folder, "bundle.zip", key=named.name).exit_code == 1


def test_what_does_not_hold_is_named_and_the_exit_code_is_1(folder: Path) -> None:
    answer = run(folder, "changed.zip")
    assert answer.exit_code == 1
    lines = answer.stdout.splitlines()
    assert "FALSE:     document.json is not the file that was signed." in lines
    assert lines[-1].startswith("NOT VALID: invoice HARB-2026-0001 of Quayside IT B.V. to harbour")


@pytest.mark.parametrize(
    ("bundle", "options", "key", "sentence"),
    [
        ("key.txt", [], "key.txt", "the file is no zip file, or its end is missing: no bundle."),
        ("gone.zip", [], "key.txt", "gone.zip cannot be read: No such file or directory."),
        ("bundle.zip", [], "none", "--key 'none' is neither a key nor a file that holds one."),
        ("bundle.zip", [], "a+" + "b" * 400, "--key is not a verifier key"),
        ("bundle.zip", ["--head", "{}/gone"], "key.txt", "gone cannot be read"),
        ("bundle.zip", ["--head", "{}/key.txt"], "key.txt", "key.txt: holds no head: note: has W"),
        ("bundle.zip", ["--head", "{}/windows.note"], "key.txt", "has Windows line ends (CR LF)"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line_and_the_exit_code_is_2(
    folder: Path, bundle: str, options: list[str], key: str, sentence: str
) -> None:
    answer = run(folder, bundle, *(each.format(folder) for each in options), key=key)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    assert line.startswith("meterglass: ")
    assert sentence in line


def test_f35_it_loads_no_database_and_only_what_an_auditor_installs(folder: Path) -> None:
    program = f"""
import sys
from importlib.abc import MetaPathFinder
import socket

class Guard(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        ours = top in {{"jobs", "documents", "billing_core"}}
        if ours or top in sys.stdlib_module_names or top in {NEEDED!r} or top.startswith("_"):
            return None
        raise ModuleNotFoundError(name)

def no_network(*arguments, **named):
    raise AssertionError("no network")

socket.socket = no_network
sys.meta_path.insert(0, Guard())
sys.argv = ["jobs", "verify", {str(folder / "bundle.zip")!r}, "--key", {str(KEY.verifier_key)!r}]
from documents.keys import SigningKey
from jobs.__main__ import main
sys.exit(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "valid:     invoice HARB-2026-0002" in done.stdout


def test_f35_an_old_python_is_told_so_before_it_meets_what_it_cannot_read() -> None:
    program = "import sys; sys.version_info = (3, 9, 18); import jobs"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "Meterglass needs Python 3.11 or newer; this is Python 3.9.\n"


def test_signs_that_a_terminal_would_obey_are_not_printed(folder: Path, tmp_path: Path) -> None:
    files = files_of((folder / "bundle.zip").read_bytes())
    path = "events/calls/2026-11/2026-11.csv"
    changed = files[path].replace(b",harbour,", ",\x1b[2Jharbour\u202e,".encode(), 1)
    (tmp_path / "bundle.zip").write_bytes(repacked({**files, path: changed}))
    answer = run(tmp_path, "bundle.zip", key=str(KEY.verifier_key))
    assert answer.exit_code == 1
    assert re.search("[\x00-\x09\x0b-\x1f\u202e]", answer.stdout) is None
