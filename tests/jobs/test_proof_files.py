"""Where the private key and the heads are."""

from pathlib import Path

import pytest

from db.faults import StartFault
from db.settings import Settings
from jobs.proof_files import heads_folder, signing_key_file


def test_beside_the_embedded_database_they_need_no_setting(tmp_path: Path) -> None:
    settings = Settings(data_directory=tmp_path)
    assert signing_key_file(settings) == tmp_path / "signing.key"
    assert heads_folder(settings) == tmp_path / "heads"


def test_what_is_set_is_used(tmp_path: Path) -> None:
    settings = Settings(
        database_url_owner="postgresql://db", signing_key=tmp_path / "a", heads=tmp_path / "b"
    )
    assert (signing_key_file(settings), heads_folder(settings)) == (tmp_path / "a", tmp_path / "b")


def test_with_a_database_of_ones_own_they_must_be_set() -> None:
    settings = Settings(database_url_writer="postgresql://db")
    with pytest.raises(StartFault, match="METERGLASS_SIGNING_KEY is not set"):
        signing_key_file(settings)
    with pytest.raises(StartFault, match="METERGLASS_HEADS is not set"):
        heads_folder(settings)
