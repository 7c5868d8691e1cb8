"""The bundle whose verification is measured is one that holds."""

from pathlib import Path

from bench.bundles import METERS, written_bundle
from billing_core.metering import Aggregation
from billing_core.proof.note import verifier_key_from
from documents.verification import verify_bundle


def test_the_bundle_that_is_measured_holds(tmp_path: Path) -> None:
    bundle = written_bundle(tmp_path, 805)
    report = verify_bundle(bundle.path, verifier_key_from(bundle.key))
    assert (bundle.count, report.findings, report.remarks) == (800, [], [])
    assert "The records (800 in 8 files)" in report.holds[1]


def test_it_has_meters_of_all_kinds_but_the_cheapest_level() -> None:
    assert {meter.aggregation for meter in METERS} == set(Aggregation) - {Aggregation.LAST}
