"""All checks of a bundle, in the order in which one rests on the other."""

from pathlib import Path

from billing_core.faults import Faults
from billing_core.proof.note import VerifierKey
from documents.bundle import paths
from documents.bundle.readme import README
from documents.heads import Head
from documents.verification.archive import Archive, opened_archive
from documents.verification.chain import Chain, chain_of, check_head
from documents.verification.comparing import differences_of
from documents.verification.contents import Contents, contents_of
from documents.verification.counted import check_superseded
from documents.verification.dispositions import check_dispositions
from documents.verification.expected import check_names
from documents.verification.looking import Progress
from documents.verification.rebuilding import rebuilt
from documents.verification.report import Report, Unreadable
from documents.verification.sets import Events, events_of
from documents.verification.trust import Trust, trust_of


def verify_bundle(
    path: Path,
    key: VerifierKey,
    head: Head | None = None,
    on_progress: Progress = lambda _done, _total: None,
) -> Report:
    """Check a bundle, and compute its document again.

    Args:
        path: of the zip file.
        key: that the client was handed; one of those that signed for the issuer.
        head: the newest manifest that the client knows of.
        on_progress: called with the events looked at, and how many there are.

    Raises:
        Unreadable: the file is no bundle that can be read; one sentence says why.
    """
    report = Report()
    with opened_archive(path) as archive:
        if not archive.is_sealed:
            report.found(path.name, "was changed after it was made: its seal is not of these bytes")
        try:
            _check(archive, key, head, report, on_progress)
        except Unreadable as fault:
            if archive.is_sealed:
                raise
            report.found("the rest", f"could not be checked: {fault}")
        except (Faults, ArithmeticError, LookupError, TypeError, ValueError) as fault:
            report.found("the rest", f"could not be checked: {fault}")
    return report


def _check(
    archive: Archive,
    key: VerifierKey,
    head: Head | None,
    report: Report,
    on_progress: Progress,
) -> None:
    if paths.MANIFEST not in archive.names:
        raise Unreadable(f"{archive.path} is no bundle: it holds no {paths.MANIFEST}.")
    _check_readme(archive, report)
    before = len(report.findings)
    trust = trust_of(archive, key, report)
    chain = chain_of(archive, trust, report)
    if chain is None:
        return
    report.title = _title_of(chain)
    if len(report.findings) == before:
        _tell_chain(chain, trust, report)
    if head is not None:
        check_head(chain, head, trust, report)
    if not chain.is_signed:
        report.remarks.append("Nothing else was looked at: what is not signed says nothing.")
        return
    contents = contents_of(archive, chain, report)
    if contents is None:
        return
    check_names(archive, chain, contents, report)
    check_dispositions(contents, report)
    before = len(report.findings)
    events = events_of(archive, contents, report, on_progress)
    if events.looked and len(report.findings) == before:
        _tell_events(contents, events, report)
    _compare(archive, contents, events, report)
    check_superseded(archive, contents, events, report)


def _check_readme(archive: Archive, report: Report) -> None:
    if paths.README not in archive.names or archive.text(paths.README) != README:
        report.remarks.append("README.txt is not the one of this version: go by docs/verify.md.")


def _title_of(chain: Chain) -> str:
    manifest = chain.own.manifest
    kind = manifest.kind.replace("_", " ")
    return f"{kind} {manifest.number} of {manifest.issuer} to {manifest.client}"


def _tell_chain(chain: Chain, trust: Trust, report: Report) -> None:
    by = trust.signers_of(chain.own.note)[0].name
    report.holds.append(
        f"It is signed by {by}, in place {chain.own.manifest.position} of a chain of "
        f"{len(chain.links)} without a gap."
    )


def _tell_events(contents: Contents, events: Events, report: Report) -> None:
    count = sum(each.count for each in events.looked.values())
    excluded = len(contents.own.manifest.exclusions)
    report.holds.append(
        f"The records ({count:,} in {len(events.looked)} files) are those that were signed, each "
        f"hashed again; of its own it excludes {excluded:,}, each with its reason."
    )


def _compare(archive: Archive, contents: Contents, events: Events, report: Report) -> None:
    document = contents.own.document.invoice
    computed = rebuilt(archive, contents, events, report)
    if computed is None:
        return
    if computed == document:
        report.holds.append(
            f"Computed again, every line ({len(document.lines)}), the tax and the total of "
            f"{document.gross} {document.currency} come to the same."
        )
    for where, message in differences_of(document, computed):
        report.found(where, message)
