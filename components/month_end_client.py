"""One client's month at its end as a screen needs it: document or draft, and the month before."""

from dataclasses import dataclass, replace
from datetime import datetime

from billing_core.comparison import Billed
from billing_core.period import month_after
from components import issued, month_states
from components.format import Format
from components.issued import IssuedDocument
from components.month_states import (
    MonthKnown,
    MonthSeen,
    MonthStage,
    MonthStanding,
    matters_of,
)
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMonth:
    """A client's month, and the one before it as it was issued."""

    viewer: Viewer
    seen: MonthSeen
    sentences: tuple[tuple[str, str], ...]  #: what is not ready: its kind, and what to do
    billed: Billed | None  #: the document, else the draft; None where neither can be made
    before: IssuedDocument | None  #: of the month before; None: not issued
    writing: Format  #: the client's


def client_month(viewer: Viewer, known: MonthKnown, now: datetime) -> ClientMonth | None:
    """Give a client's month, computed anew unless it is issued; None where nothing is known."""
    seen = month_states.month_of(viewer, viewer.client.client_id, known.month, now)
    if seen is None:
        return None
    document = _issued(viewer, f"{seen.month:%Y-%m}")
    standing = None
    if document is None and seen.stage is not MonthStage.RUNNING:
        standing = month_states.standing(viewer, seen.month, now)
    client = viewer.client
    return ClientMonth(
        viewer=viewer,
        seen=_as_of_now(seen, standing) if standing else seen,
        sentences=_sentences(seen, standing) if standing else (),
        billed=billed(document) if document else _drafted(standing),
        before=_issued(viewer, f"{month_after(seen.month, -1):%Y-%m}"),
        writing=Format(locale=client.locale, zone=client.zone, currency=seen.currency),
    )


def _issued(viewer: Viewer, month: str) -> IssuedDocument | None:
    found = issued.months(viewer).get(month)
    head = issued.head(viewer, found.number) if found else None
    return issued.document(viewer, head) if head else None


def billed(full: IssuedDocument) -> Billed:
    """Give an issued document with the agreement that it was built from."""
    return Billed(invoice=full.document.invoice, agreement=full.agreement)


def _drafted(standing: MonthStanding | None) -> Billed | None:
    if standing is None or standing.draft.invoice is None:
        return None
    return Billed(invoice=standing.draft.invoice, agreement=standing.draft.agreement)


def _sentences(seen: MonthSeen, standing: MonthStanding) -> tuple[tuple[str, str], ...]:
    if seen.stage in {MonthStage.COMPARED, MonthStage.CLOSING}:
        return ()
    return month_states.sentences_of(standing.readiness)


def _as_of_now(seen: MonthSeen, standing: MonthStanding) -> MonthSeen:
    """Give a month as it stands now, where it was looked up a minute ago."""
    invoice, fault = standing.draft.invoice, standing.draft.fault
    matters = {} if seen.stage is MonthStage.COMPARED else matters_of(standing.readiness)
    stage = seen.stage
    if stage in {MonthStage.READY, MonthStage.NOT_READY}:
        stage = MonthStage.NOT_READY if matters or fault else MonthStage.READY
    return replace(
        seen,
        stage=stage,
        matters=matters,
        net=invoice.net if invoice else None,
        gross=invoice.gross if invoice else None,
        fault=seen.fault if stage is MonthStage.FAILED else fault,
    )
