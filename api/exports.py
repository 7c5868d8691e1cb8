"""Downloads: an issued document, or the records of one of its lines, as a file.

`GET /export/invoice/NUMBER.pdf?client=SLUG` and the other forms of `docs/exports.md`. A file is
made for the session that asks, and is never kept: no address of it works without that session.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.downloads import Download
from api.export_access import Refused, Taker, absent, beside, noted, signed_out, taker_of
from api.export_bundle import bundle_of
from api.export_events import sets_behind
from api.failures import answered, failure_response
from api.log import log_failure
from api.request_ids import request_id_of
from db.look import NoLongerSeenError, read
from db.portal import portal_engine, settings
from db.queries.exports import ExportedDocument, exported_document
from db.trouble import Trouble, database_trouble
from documents.books import draft_csv, draft_json
from documents.edition import Edition
from documents.focus import focus_csv
from documents.line_records import record_rows
from documents.lines_csv import lines_csv
from documents.pdf import invoice_pdf
from documents.records_csv import records_csv
from documents.xlsx import invoice_xlsx

_CSV: Final = "text/csv; charset=utf-8; header=present"
_JSON: Final = "application/json"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNSAFE_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LINE: Final = re.compile(r"[1-9][0-9]{0,5}")
_NOT_NOTED: Final = (
    "Each download is noted, and the billing database takes no changes at the moment."
)
_FORGOTTEN: Final = {"Cache-Control": "no-store", "Accept-Ranges": "none"}

Body = bytes | Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a body is made from."""

    taker: Taker
    exported: ExportedDocument
    safe: bool  #: in the form that a spreadsheet opens without running anything

    @property
    def edition(self) -> Edition:
        """The document as its client reads it."""
        issued = self.exported.issued
        return Edition(
            document=issued.document,
            locale=self.taker.client.locale,
            is_legal=self.exported.is_legal,
            meters=issued.meters,
            evidence=self.exported.behind.evidence,
            manifest_hash=issued.manifest_hash,
            portal_url=(settings().public_url or "").rstrip("/"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A form of a document: its media type, and how its bytes are made."""

    media_type: str
    body: Callable[[_Asked], Body]
    has_safe: bool = False  #: whether it can be made safe for a spreadsheet


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What is taken, as the audit log and the browser name it."""

    subject: str
    form: str
    file: str


#: By what an address ends with; the longer endings first.
_FORMS: Final = {
    ".focus.csv": _Form(media_type=_CSV, body=lambda asked: focus_csv(asked.edition)),
    ".draft.csv": _Form(
        media_type=_CSV,
        body=lambda asked: draft_csv(asked.edition, safe=asked.safe),
        has_safe=True,
    ),
    ".draft.json": _Form(media_type=_JSON, body=lambda asked: draft_json(asked.edition)),
    ".bundle.zip": _Form(
        media_type="application/zip",
        body=lambda asked: bundle_of(asked.taker.looker, asked.exported.issued.position),
    ),
    ".pdf": _Form(media_type="application/pdf", body=lambda asked: invoice_pdf(asked.edition)),
    ".xlsx": _Form(media_type=_SHEET, body=lambda asked: invoice_xlsx(asked.edition)),
    ".csv": _Form(
        media_type=_CSV,
        body=lambda asked: lines_csv(asked.edition, safe=asked.safe),
        has_safe=True,
    ),
    ".json": _Form(media_type=_JSON, body=lambda asked: asked.exported.text.encode()),
}


async def document(request: Request) -> Response:
    """Give a document in the form that its address ends with."""
    name = request.path_params["name"]
    ending = next((each for each in _FORMS if name.endswith(each)), None)
    taker = await taker_of(request, shows_the_bill=True)
    if ending is None:
        return await absent(request)
    asked = await _asked(request, taker, name.removesuffix(ending))
    number = asked.exported.issued.document.number
    taken = _Taken(subject=number, form=ending[1:], file=f"{number}{ending}")
    return await _given(request, asked, _FORMS[ending], taken)


async def line_records(request: Request) -> Response:
    """Give the records of a document's line."""
    taker = await taker_of(request, shows_the_bill=False)
    asked = await _asked(request, taker, request.path_params["number"])
    number = request.path_params["line"]
    lines = asked.exported.issued.document.invoice.lines
    if not _LINE.fullmatch(number) or int(number) > len(lines):
        return await absent(request)
    line = lines[int(number) - 1]
    form = _Form(
        media_type=_CSV,
        body=lambda asked: records_csv(
            record_rows(
                line,
                asked.exported.issued.agreement,
                sets_behind(asked.taker.looker, asked.exported, line),
            ),
            asked.exported.issued.document.invoice.currency,
            safe=asked.safe,
        ),
        has_safe=True,
    )
    document_number = asked.exported.issued.document.number
    taken = _Taken(
        subject=f"{document_number} line {number}",
        form="records.csv",
        file=f"{document_number}-line-{number}-records.csv",
    )
    return await _given(request, asked, form, taken)


async def _asked(request: Request, taker: Taker, number: str) -> _Asked:
    safe = request.query_params.getlist("safe")
    if safe not in ([], ["1"]):
        raise Refused(PlainTextResponse("safe is 1, or is left out.", 400, _FORGOTTEN))
    question = partial(exported_document, number=number)
    exported = await beside(read, portal_engine(), taker.looker, question)
    if exported is None:
        raise Refused(await absent(request))
    return _Asked(taker=taker, exported=exported, safe=bool(safe))


async def _given(request: Request, asked: _Asked, form: _Form, taken: _Taken) -> Response:
    """Answer with a file; a question for the headers alone takes nothing, and is not noted."""
    if asked.safe and not form.has_safe:
        raise Refused(PlainTextResponse("This form has no safe one.", 400, _FORGOTTEN))
    headers = {**_FORGOTTEN, "Content-Disposition": _attachment(taken.file, safe=asked.safe)}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=form.media_type)
    await noted(request, asked.taker, taken.subject, taken.form)
    body = await beside(form.body, asked)
    if isinstance(body, bytes):
        return Response(body, headers=headers, media_type=form.media_type)
    watched = _watched(body, request_id_of(request.scope))
    return StreamingResponse(watched, headers=headers, media_type=form.media_type)


def _attachment(file: str, *, safe: bool) -> str:
    """Name the file for a browser, in letters that no system reads as anything else.

    >>> _attachment("HARB/2026 7.csv", safe=True)
    'attachment; filename="HARB_2026_7-safe.csv"'
    """
    name = _UNSAFE_IN_A_NAME.sub("_", file).lstrip(".")
    if safe:
        name = f"{name.removesuffix('.csv')}-safe.csv"
    return f'attachment; filename="{name}"'


class BrokenOffError(Exception):
    """A stream that could not be ended: the reader sees a broken file, not a short one."""


async def _watched(body: Iterator[bytes], request_id: str) -> AsyncIterator[bytes]:
    """Give the pieces of a file; each is made in a seat of those that make files."""
    try:
        while (piece := await beside(next, body, None)) is not None:
            yield piece
    except Exception as error:  # noqa: BLE001 - the log gets the reason, and no value
        log_failure("export_broken_off", error, request_id=request_id)
        raise BrokenOffError(request_id) from None


def _answering(route: Callable[[Request], Awaitable[Response]]) -> Download:
    """A route that may end with a refusal, for a session that may end meanwhile."""

    async def answering(request: Request) -> Response:
        try:
            return await route(request)
        except Refused as refused:
            return refused.response
        except NoLongerSeenError:
            return signed_out()
        except DBAPIError as error:
            if database_trouble(error) is not Trouble.READ_ONLY:
                raise
            return failure_response(request, error, _NOT_NOTED)

    return Download(answered(answering))


_READ: Final = ("GET",)
ROUTES: Final = (
    Route(
        "/export/invoice/{number}/line/{line}/records.csv", _answering(line_records), methods=_READ
    ),
    Route("/export/invoice/{name}", _answering(document), methods=_READ),
)
