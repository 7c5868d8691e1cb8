"""A manifest has one text, a text one manifest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from billing_core.faults import Faults
from billing_core.invoicing.document import DocumentKind
from billing_core.metering import Aggregation, Meter
from billing_core.proof import (
    Basis,
    CarriedLevels,
    Disposition,
    Evidence,
    Exclusion,
    ExclusionReason,
    Manifest,
    manifest_from,
    manifest_hash,
    manifest_text,
)
from billing_core.taxes import TaxRate, TaxTreatment

WRONG, RIGHT = UUID(int=1), UUID(int=2)

MANIFEST = Manifest(
    issuer="Quayside IT B.V.",
    client="harbour",
    number="HARB-2026-0007",
    kind=DocumentKind.INVOICE,
    billing_period="2026-10",
    issued_at=datetime(2026, 11, 4, 9, 0, 0, 5, tzinfo=UTC),
    currency="EUR",
    gross=Decimal("4213.50"),
    position=7,
    previous=b"\x01" * 32,
    document_hash=b"\x02" * 32,
    rate_card_hash=b"\x03" * 32,
    basis_hash=b"\x04" * 32,
    evidence=(
        Evidence(
            meter="backup, in GB",
            usage_period="2026-09",
            disposition=Disposition.TOO_LATE,
            lines=(3, 12),
            event_count=2,
            excluded_count=1,
            included_count=0,
            root=b"\x05" * 32,
        ),
        Evidence(
            meter="calls",
            usage_period="2026-10",
            disposition=Disposition.UNPRICED,
            lines=(),
            event_count=1,
            excluded_count=1,
            included_count=0,
            root=b"\x06" * 32,
        ),
    ),
    exclusions=(
        Exclusion(
            event_id=WRONG,
            meter="backup, in GB",
            usage_period="2026-09",
            reason=ExclusionReason.SUPERSEDED,
            by=RIGHT,
        ),
        Exclusion(
            event_id=RIGHT,
            meter="calls",
            usage_period="2026-10",
            reason=ExclusionReason.WITHDRAWS,
        ),
    ),
    carried=(
        CarriedLevels(meter="backup, in GB", into="2026-10", event_count=4, root=b"\x07" * 32),
    ),
)
TEXT = f"""\
Meterglass manifest, version 1
issuer: Quayside IT B.V.
client: harbour
invoice: HARB-2026-0007
month: 2026-10
issued at: 2026-11-04T09:00:00.000005Z
total: 4213.50 EUR
position: 7
previous manifest: {"01" * 32}
document.json: {"02" * 32}
rate_card.json: {"03" * 32}
basis.json: {"04" * 32}
events of 2026-09: 2, 1 excluded, 0 included, too_late, lines 3,12, root {"05" * 32}, \
meter backup, in GB
events of 2026-10: 1, 1 excluded, 0 included, unpriced, lines none, root {"06" * 32}, meter calls
excluded of 2026-09: 00000000-0000-0000-0000-000000000001, \
superseded by 00000000-0000-0000-0000-000000000002, meter backup, in GB
excluded of 2026-10: 00000000-0000-0000-0000-000000000002, withdraws, meter calls
carried into 2026-10: 4, root {"07" * 32}, meter backup, in GB
"""


def test_a_person_can_read_what_is_signed() -> None:
    assert manifest_text(MANIFEST) == TEXT


def test_the_text_gives_the_manifest_back() -> None:
    assert manifest_from(TEXT) == MANIFEST
    first = replace(MANIFEST, position=1, previous=None, evidence=(), exclusions=(), carried=())
    assert "previous manifest: none\n" in manifest_text(first)
    assert manifest_from(manifest_text(first)) == first


def test_the_next_one_names_its_hash() -> None:
    # printf 'a\n' | sha256sum
    expected = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    assert manifest_hash("a\n").hex() == expected


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("version 1", "version 2", "is not the text of a manifest, version 1"),
        (TEXT[-2:], "B", "is not the text of a manifest, version 1"),
        ("\n", "\r\n", "is not the text of a manifest, version 1"),
        ("2026-11-04T09", "2026-13-04T09", "tells what cannot be"),
        ("EUR", "XXX", "tells what cannot be"),
        ("month: 2026-10", "month: 2026-17", "tells what cannot be"),
        ("position: 7", "position: 07", "is not written as a manifest is"),
        ("events of 2026-10: 1", "events of 2026-10: 01", "is not written as a manifest is"),
        ("meter calls\nexcluded", "meter calls\n\nexcluded", "is not written as a manifest is"),
        ("carried into", "carries into", "is not written as a manifest is"),
        ("lines 3,12", "lines 3,012", "is not written as a manifest is"),
        (
            "excluded of 2026-10: 00000000-0000-0000-0000-000000000002",
            "excluded of 2026-10: 00000000-0000-0000-0000-0000000000-2",
            "tells what cannot be",
        ),
    ],
)
def test_any_other_text_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        manifest_from(TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"position": 0, "previous": None}, "position: is not a place in a chain"),
        ({"position": 1}, "previous: is there for every document but the first"),
        ({"previous": None}, "previous: is there for every document but the first"),
        ({"previous": b"short"}, "has a hash that is not a SHA-256"),
        ({"basis_hash": b"short"}, "has a hash that is not a SHA-256"),
        ({"issuer": "Quay\nside"}, "issuer: 'Quay\\\\nside' has a control character"),
        ({"client": " harbour"}, "client: ' harbour' has a control character or padding"),
        ({"number": "N" * 81}, "number: has more than 80 characters"),
        (
            {"issued_at": datetime(2026, 11, 4, tzinfo=timezone(timedelta(hours=1)))},
            "issued_at: is not an instant in UTC",
        ),
        ({"evidence": MANIFEST.evidence[::-1]}, "evidence: are not in order, each once"),
        ({"exclusions": MANIFEST.exclusions[::-1]}, "exclusions: are not in order, each once"),
        ({"carried": MANIFEST.carried * 2}, "carried: are not in order, each once"),
        ({"exclusions": MANIFEST.exclusions[:1]}, "exclusions: are not as many as each set says"),
        (
            {"exclusions": (replace(MANIFEST.exclusions[0], by=None), MANIFEST.exclusions[1])},
            "superseded names by what",
        ),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        replace(MANIFEST, **fields)


@pytest.mark.parametrize(
    ("count", "root", "sentence"),
    [(0, bytes(32), "event_count: is not above zero"), (1, b"", "root: is not a SHA-256")],
)
def test_levels_carried_into_a_month_are_some(count: int, root: bytes, sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        CarriedLevels(meter="gb", into="2026-10", event_count=count, root=root)


def meter(code: str) -> Meter:
    return Meter(code=code, name=code, unit="GB", aggregation=Aggregation.LAST)


def tax_rate(day: int) -> TaxRate:
    starts_on = datetime(2026, 1, day, tzinfo=UTC).date()
    return TaxRate(
        code="NL-0",
        name="none",
        treatment=TaxTreatment.EXEMPT,
        rate=Decimal(0),
        starts_on=starts_on,
    )


def test_meters_and_tax_rates_stand_in_order() -> None:
    basis = Basis(meters=(meter("a"), meter("b")), tax_rates=(tax_rate(1), tax_rate(2)))
    assert [each.code for each in basis.meters] == ["a", "b"]
    with pytest.raises(Faults, match="meters: are not in order, each once"):
        Basis(meters=(meter("a"), meter("a")))
    with pytest.raises(Faults, match="tax_rates: are not in order, each once"):
        Basis(meters=(), tax_rates=(tax_rate(2), tax_rate(1)))
