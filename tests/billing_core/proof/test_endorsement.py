"""What one key says of the one that follows it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from billing_core.faults import Faults
from billing_core.proof.endorsement import Endorsement, endorsement_from, endorsement_text
from billing_core.proof.note import VerifierKey

OLD = VerifierKey(name="quayside.example/1", public_key=b"\x01" * 32)
NEW = VerifierKey(name="quayside.example/2", public_key=b"\x02" * 32)
ENDORSEMENT = Endorsement(key=NEW, follows=OLD, starts_at=datetime(2026, 11, 4, 9, tzinfo=UTC))
TEXT = """\
Meterglass signing key, version 1
key: quayside.example/2+24fcb9fc+AQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC
follows: quayside.example/1+90914f20+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
from: 2026-11-04T09:00:00.000000Z
"""


def test_a_person_can_read_which_key_follows_which() -> None:
    assert endorsement_text(ENDORSEMENT) == TEXT
    assert endorsement_from(TEXT) == ENDORSEMENT


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("version 1", "version 2", "is not the text of an endorsement"),
        ("Z\n", "Z", "is not the text of an endorsement"),
        ("09:00:00.000000Z", "09:00:00.00000ZZ", "tells what cannot be"),
        ("2026-11-04T09:00:00.000000Z", "2026-11-04T09:00:00.00000Z0", "tells what cannot be"),
        ("2026-11-04T09:00:00.000000Z", "2026-11-04T09:00:00.0-00:00", "is not the text of"),
        ("quayside.example/2", "quayside.example/1", "has the id"),
    ],
)
def test_any_other_text_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        endorsement_from(TEXT.replace(old, new))


def test_a_key_does_not_follow_itself() -> None:
    with pytest.raises(Faults, match="has a key follow itself"):
        replace(ENDORSEMENT, key=OLD)


def test_it_starts_at_an_instant_in_utc() -> None:
    with pytest.raises(Faults, match="does not start at an instant in UTC"):
        replace(ENDORSEMENT, starts_at=datetime(2026, 11, 4, tzinfo=timezone(timedelta(hours=1))))
