"""Which files a bundle holds: no other is let pass unseen."""

from collections.abc import Iterator
from itertools import count, takewhile

from documents.bundle import paths
from documents.bundle.needs import carried_needed, earlier_needed, sets_needed
from documents.verification.archive import Archive
from documents.verification.chain import Chain
from documents.verification.contents import Contents
from documents.verification.report import Report


def check_names(archive: Archive, chain: Chain, contents: Contents, report: Report) -> None:
    """Note each file that does not belong; what is missing is noted where it is read."""
    belonging = set(_belonging(archive, chain, contents))
    for name in sorted(archive.names - belonging)[:10]:
        report.found(name, "does not belong to this bundle")


def _belonging(archive: Archive, chain: Chain, contents: Contents) -> Iterator[str]:
    yield from (paths.README, paths.MANIFEST, paths.DOCUMENT, paths.RATE_CARD, paths.BASIS)
    yield from takewhile(archive.names.__contains__, map(paths.key_path, count(1)))
    yield from chain.left_out
    own = contents.own.manifest.position
    yield from (paths.chain_path(place) for place in chain.links if place != own)
    manifests = {place: link.manifest for place, link in chain.links.items()}
    for place in earlier_needed(contents.own, manifests):
        for name in (paths.DOCUMENT, paths.RATE_CARD, paths.BASIS):
            yield paths.earlier_path(place, name)
    for key in sets_needed(contents.own, contents.earlier):
        yield paths.events_path(key.meter, key.billing_period, key.usage_period)
    for carried in carried_needed(contents.own):
        yield paths.carried_path(carried.meter, carried.into)
