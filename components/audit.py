"""The audit log on screen: newest first, by what, by whom and since when, page by page."""

import re
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

import streamlit as st

from components import actions, state
from components.actions import AuditAsked, AuditEntry, AuditPlace
from components.audit_words import KINDS, deed_in_words, deeds_of, detail_in_words
from components.filters import asked, choose, not_found, one_of
from components.markup import paragraph, show
from components.open_sessions import browser_zone
from components.persons import Person
from components.tables import Column, TableRow, table

#: Entries on a page.
ROWS: Final = 50
_PLACE: Final = re.compile(r"([0-9]{8}T[0-9]{6}\.[0-9]{6}Z)_([0-9]{1,18})")
_INSTANT: Final = "%Y%m%dT%H%M%S.%fZ"
_COLUMNS: Final = (
    Column(title="When", wide="20%"),
    Column(title="Who", breaks=True, wide="27%"),
    Column(title="What", wide="26%"),
    Column(title="Whom or what", breaks=True, wide="27%"),
)


def draw_audit_log(person: Person) -> None:
    """Draw the filters, a page of entries, and the ways to older and newest ones."""
    zone = browser_zone()
    kind = one_of(state.AUDIT_KIND_PARAMETER, {name: name for name in KINDS}, "")
    who, since = asked(state.AUDIT_WHO_PARAMETER) or "", _since()
    before = _place()
    _draw_filters(kind, who, since)
    wanted = AuditAsked(
        actions=deeds_of(kind),
        who=who or None,
        since=datetime.combine(since, time(), zone) if since else None,
        before=before,
    )
    found = actions.audit_page(person.session_hash, wanted, rows=ROWS + 1)
    _draw_entries(found[:ROWS], zone)
    _draw_pager(
        older=found[ROWS - 1].place if len(found) > ROWS else None, paged=before is not None
    )


def _draw_filters(kind: str, who: str, since: date | None) -> None:
    st.session_state[state.AUDIT_KIND] = kind
    st.session_state[state.AUDIT_WHO] = who
    st.session_state[state.AUDIT_SINCE] = since
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "What",
            list(KINDS),
            format_func=lambda name: KINDS.get(name, name),
            key=state.AUDIT_KIND,
            on_change=_filtered,
            width=220,
        )
        st.text_input(
            "Who, or to whom",
            key=state.AUDIT_WHO,
            on_change=_filtered,
            placeholder="E-mail address or key",
            max_chars=200,
            width=280,
        )
        st.date_input(
            "Since", key=state.AUDIT_SINCE, on_change=_filtered, format="YYYY-MM-DD", width=160
        )


def _filtered() -> None:
    """Write what was picked to the address; a new filter begins with the newest."""
    since = st.session_state[state.AUDIT_SINCE]
    choose(
        **{
            state.AUDIT_KIND_PARAMETER: st.session_state[state.AUDIT_KIND] or None,
            state.AUDIT_WHO_PARAMETER: _plain(st.session_state[state.AUDIT_WHO]) or None,
            state.AUDIT_SINCE_PARAMETER: since.isoformat() if since else None,
        }
    )


def _draw_entries(entries: tuple[AuditEntry, ...], zone: tzinfo) -> None:
    if not entries:
        st.text("Nothing of this kind is in the log.")
        return
    drawn = [_row(each, zone) for each in entries]
    show(table("What was done, newest first", _COLUMNS, drawn, hidden=True))
    show(paragraph(f"Times are {zone}.", "mg-panel-unit"))


def _row(entry: AuditEntry, zone: tzinfo) -> TableRow:
    to = "" if entry.subject == entry.actor else entry.subject
    place = {"client": entry.client} if entry.client else {}
    origin = {"from": entry.address} if entry.address else {}
    more = detail_in_words({**place, **entry.detail, **origin})
    return TableRow(
        cells=(
            f"{entry.at.astimezone(zone):%d %b %Y, %H:%M:%S}",
            entry.actor,
            deed_in_words(entry.action),
            to,
        ),
        note=(more,) if more else (),
    )


def _draw_pager(*, older: AuditPlace | None, paged: bool) -> None:
    with st.container(horizontal=True):
        if paged:
            st.button("Newest", key=f"{state.PAGER}_newest", on_click=_go, args=(None,))
        if older:
            st.button("Older", key=f"{state.PAGER}_older", on_click=_go, args=(older,))


def _go(before: AuditPlace | None) -> None:
    kept = {
        name: st.query_params[name]
        for name in (
            state.AUDIT_KIND_PARAMETER,
            state.AUDIT_WHO_PARAMETER,
            state.AUDIT_SINCE_PARAMETER,
        )
        if name in st.query_params
    }
    if before:
        place = f"{before.at.astimezone(UTC).strftime(_INSTANT)}_{before.audit_id}"
        kept[state.BEFORE_PARAMETER] = place
    choose(**kept)


def _plain(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip().lower()


def _since() -> date | None:
    """Give the day in the address from which on entries are wanted."""
    text = asked(state.AUDIT_SINCE_PARAMETER)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        not_found()


def _place() -> AuditPlace | None:
    """Give the place in the address before which entries are wanted."""
    text = asked(state.BEFORE_PARAMETER)
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        not_found()
    try:
        at = datetime.strptime(found[1], _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        not_found()
    return AuditPlace(at=at, audit_id=int(found[2]))
