import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from billing_core.event import UsageEvent, canonical_form, event_id, leaf_hash
from billing_core.faults import Faults
from tests.billing_core.made import faults_in, utc


def usage_event(**fields: Any) -> UsageEvent:  # noqa: ANN401 - whatever fields an event has
    values: dict[str, Any] = {
        "client": "harbour",
        "source": "vcenter",
        "source_event_id": "e-1",
        "meter": "backup-gb",
        "occurred_at": utc("2026-10-25T01:30:00.000250"),
        "quantity": Decimal("12.50"),
        "resource": "vm-ü",
    }
    return UsageEvent(**{**values, **fields})


FORM = (
    b"7:harbour\n7:vcenter\n3:e-1\n9:backup-gb\n27:2026-10-25T01:30:00.000250Z\n4:12.5\n"
    b"5:vm-\xc3\xbc\n-\n-\n-\n"
)


def test_the_canonical_form_is_ten_fields_with_their_lengths() -> None:
    assert canonical_form(usage_event()) == FORM


def test_a_superseding_event_carries_whom_and_why_in_its_form() -> None:
    wrong = UUID("00000000-0000-0000-0000-00000000002a")
    event = usage_event(counted_value="anna", supersedes=wrong, reason="twice")
    assert canonical_form(event).endswith(
        b"4:anna\n36:00000000-0000-0000-0000-00000000002a\n5:twice\n"
    )


def test_an_event_that_withdraws_has_no_quantity_in_its_form() -> None:
    wrong = UUID("00000000-0000-0000-0000-00000000002a")
    event = usage_event(supersedes=wrong, reason="never used", withdraws=True, quantity=Decimal(0))
    assert b"000250Z\n-\n5:vm-" in canonical_form(event)


@pytest.mark.parametrize(
    "fields",
    [
        {"withdraws": True, "quantity": Decimal(0)},
        {
            "withdraws": True,
            "supersedes": UUID("00000000-0000-0000-0000-00000000002a"),
            "reason": "never used",
        },
    ],
)
def test_what_withdraws_names_an_event_and_counts_nothing(fields: dict[str, Any]) -> None:
    with pytest.raises(Faults, match="needs the event it takes back and the quantity 0"):
        usage_event(**fields)


def test_the_leaf_hash_is_sha_256_of_zero_and_the_form() -> None:
    assert leaf_hash(usage_event()) == hashlib.sha256(b"\x00" + FORM).digest()


def test_the_identity_is_the_first_half_of_a_hash_of_what_names_the_event() -> None:
    named = hashlib.sha256(b"7:vcenter\n3:e-1\n9:backup-gb\n").digest()
    assert usage_event().event_id == UUID(bytes=named[:16])
    assert event_id("vcenter", "e-1", "backup-gb") == usage_event().event_id


def test_neither_identity_nor_leaf_hash_ever_changes() -> None:
    assert str(usage_event().event_id) == "64f03b17-2697-da25-3a17-9beed2cb485a"
    assert leaf_hash(usage_event()).hex() == (
        "677467e1f1feb8419013d353c235f2db19b041b6958daa8c117a10a5e10dedaf"
    )


def test_fields_can_not_run_into_each_other() -> None:
    assert event_id("a", "bc", "m") != event_id("ab", "c", "m")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", Decimal(13)),
        ("resource", "vm-2"),
        ("occurred_at", utc("2026-10-25T01:30:00.000251")),
        ("counted_value", "-"),
        ("client", "other"),
    ],
)
def test_any_other_content_has_another_leaf(field: str, value: object) -> None:
    assert leaf_hash(usage_event(**{field: value})) != leaf_hash(usage_event())


def test_trailing_zeros_are_not_other_content() -> None:
    assert leaf_hash(usage_event(quantity=Decimal("12.5000"))) == leaf_hash(usage_event())


def test_an_event_names_every_fault_at_once() -> None:
    with pytest.raises(Faults) as raised:
        usage_event(
            client=" ",
            source="x" * 65,
            source_event_id="a\x00b",
            counted_value="\ud800",
            occurred_at=datetime.fromisoformat("2026-10-25T01:30+02:00"),
            quantity=Decimal("NaN"),
            supersedes=UUID(int=1),
        )
    assert faults_in(raised.value) == [
        *("client", "source", "source_event_id", "counted_value"),
        *("occurred_at", "quantity", "reason"),
    ]


def test_a_fault_reads_as_a_sentence_with_its_place() -> None:
    with pytest.raises(Faults, match=r"^client: is empty$"):
        usage_event(client="")
