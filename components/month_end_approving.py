"""What billing decides at a month's end: approve, issue at once with a reason, take back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import streamlit as st

from billing_core.money import sum_of
from components import month_states, state
from components.format import Format
from components.markup import heading, paragraph, show
from components.month_end_words import readers_writing
from components.month_states import MonthSeen, MonthStage, Refusal
from components.persons import Looking, Role

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
_REFUSED: Final = {
    Refusal.SIGNED_OUT: "You are signed out.",
    Refusal.NOT_ALLOWED: "Only people of the role billing decide this.",
    Refusal.NOT_FOUND: "The month is not known yet: the worker looks within a minute.",
    Refusal.RUNNING: "The month has not ended yet.",
    Refusal.SHADOW: "The month is before the first one that is billed here: it is never issued.",
    Refusal.CLOSING: "The worker is closing the month: nothing can be changed about it any more.",
    Refusal.ISSUED: "The month is issued. What is wrong in it is mended by a credit note.",
    Refusal.REASON: f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters.",
    Refusal.APPROVED: "It was approved before.",
    Refusal.NOT_APPROVED: "Nothing was approved any more: somebody took it back before.",
}
#: What no reason overrides: there is nothing to issue while it lasts.
_OBSTACLES: Final = frozenset({"month_before", "untaxed_codes"})
#: What comes of an approval, or has come; a stage that is not here leaves nothing to decide.
_COMES: Final = {
    MonthStage.GRACE: "once approved, it is issued after its grace time, if nothing is missing",
    MonthStage.NOT_READY: "once approved, it is issued as soon as nothing is missing",
    MonthStage.READY: "once approved, it is issued within a minute",
    MonthStage.APPROVED: "it is issued as soon as it may be; until then this can be taken back",
    MonthStage.FAILED: "it could not be issued; the worker tries on",
}
_OPEN: Final = (MonthStage.GRACE, MonthStage.NOT_READY, MonthStage.READY)


def draw_approve_several(person: Looking, found: Sequence[MonthSeen]) -> None:
    """Let several clients be chosen of which nothing is missing, and approved at once."""
    if person.role is not Role.BILLING or not found:
        return
    names = _names_apart(person)
    with st.container(border=True):
        show(heading("Approve several at once", "clients of which nothing is missing"))
        chosen = st.multiselect(
            "Clients",
            [row.client_id for row in found],
            format_func=lambda each: names.get(each, ""),
            key=f"{state.MONTHS_CHOSEN}_{found[0].month:%Y-%m}",
            placeholder=f"Choose among {clients_in_words(len(found))}",
            label_visibility="collapsed",
        )
        picked = [row for row in found if row.client_id in chosen]
        if picked:
            _draw_confirmation(person, picked)


def _names_apart(person: Looking) -> Mapping[int, str]:
    """Name each client so that no two are called the same: the picker knows them by their names."""
    times = Counter(client.name for client in person.clients)
    return {
        each.client_id: each.name if times[each.name] == 1 else f"{each.name} ({each.slug})"
        for each in person.clients
    }


def _draw_confirmation(person: Looking, picked: Sequence[MonthSeen]) -> None:
    """Say count and totals; the first click asks, the second one approves."""
    ids = tuple(row.client_id for row in picked)
    label = f"Approve {clients_in_words(len(ids))}"
    show(paragraph(f"{clients_in_words(len(ids))}: {totals_in_words(picked)} before tax."))
    if st.session_state.get(state.MONTHS_TO_CONFIRM) != ids:
        st.button(f"{label}…", key="approve_several", on_click=_ask, args=(ids,))
        return
    words = (
        "Each is issued by itself once its grace time is over, if nothing is missing then. "
        "Until the worker begins, an approval can be taken back."
    )
    show(paragraph(words))
    with st.container(horizontal=True):
        given = (person.session_hash, ids, picked[0].month)
        st.button(label, key="approve_sure", type="primary", on_click=_approve_all, args=given)
        st.button("Not now", key="approve_not", on_click=_ask, args=(None,))


def clients_in_words(count: int) -> str:
    """Give a number of clients."""
    return "1 client" if count == 1 else f"{count} clients"


def totals_in_words(rows: Iterable[MonthSeen]) -> str:
    """Give what months come to, currency by currency, those of the most clients first.

    ``€ 14,310.00 (9 clients) and CHF 2,000.00 (3 clients)``; one currency without the number.
    """
    amounts: dict[str, list[MonthSeen]] = {}
    for row in rows:
        amounts.setdefault(row.currency, []).append(row)
    ordered = sorted(amounts.items(), key=lambda each: (-len(each[1]), each[0]))
    said = [
        readers_writing(currency).money(sum_of((row.net for row in of if row.net), currency))
        + (f" ({clients_in_words(len(of))})" if len(ordered) > 1 else "")
        for currency, of in ordered
    ]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _ask(client_ids: tuple[int, ...] | None) -> None:
    st.session_state[state.MONTHS_TO_CONFIRM] = client_ids


def _approve_all(session_hash: bytes, client_ids: Sequence[int], month: date) -> None:
    _ask(None)
    came = month_states.approve_all(session_hash, client_ids, month)
    refused = Counter(refusal for refusal in came.values() if refusal)
    done = len(came) - refused.total()
    if done:
        verb = "is" if done == 1 else "are"
        st.session_state[state.NOTICE] = f"{clients_in_words(done)} {verb} approved."
    if refused:
        reasons = " ".join(
            f"{clients_in_words(count)}: {_REFUSED[why]}" for why, count in refused.items()
        )
        st.session_state[state.NOT_DONE] = f"Not approved: {reasons}"


def draw_decisions(person: Looking, seen: MonthSeen, writing: Format) -> None:
    """Draw what can be decided of one client's month now, and what was."""
    if person.role is not Role.BILLING:
        show(paragraph("People of the role billing approve and issue.", "mg-panel-unit mg-above"))
        return
    comes = _COMES.get(seen.stage)
    if comes is None:
        return
    given = (person.session_hash, seen.client_id, seen.month)
    with st.container(border=True):
        show(heading("Approval", comes))
        _draw_buttons(seen, given)
        if _can_be_overridden(seen):
            _draw_override(seen, writing, given)


def _draw_buttons(seen: MonthSeen, given: tuple[bytes, int, date]) -> None:
    with st.container(horizontal=True):
        if seen.stage in _OPEN:
            st.button("Approve", key="approve", type="primary", on_click=_approve, args=given)
        if seen.stage is MonthStage.FAILED:
            st.button("Try again", key="approve", type="primary", on_click=_approve, args=given)
        if seen.approved_at and seen.stage in {MonthStage.APPROVED, MonthStage.FAILED}:
            st.button("Take the approval back", key="withdraw", on_click=_withdraw, args=given)


def _can_be_overridden(seen: MonthSeen) -> bool:
    """Whether it waits for something that somebody may decide not to wait for."""
    waits = seen.stage in {MonthStage.GRACE, MonthStage.NOT_READY, MonthStage.APPROVED}
    stuck = seen.net is None or _OBSTACLES & set(seen.matters)
    return waits and not stuck and seen.override_reason is None


def _draw_override(seen: MonthSeen, writing: Format, given: tuple[bytes, int, date]) -> None:
    what = "what is missing" if seen.matters else f"its grace time until {_until(seen, writing)}"
    with st.expander("Issue now"), st.form("override", border=False):
        show(
            paragraph(
                f"It is issued at once, in spite of {what}. Records that come later are billed "
                "with the next month. The reason stands on the document, for the client to read, "
                "and in the audit log."
            )
        )
        key = f"{state.OVERRIDE_REASON}_{seen.client_id}_{seen.month:%Y-%m}"
        st.text_area("Reason", key=key, max_chars=LONGEST_REASON, height=90)
        st.form_submit_button(
            f"Issue in spite of {'it' if seen.matters else 'the grace time'}",
            on_click=_override,
            args=(*given, key),
        )


def _until(seen: MonthSeen, writing: Format) -> str:
    return writing.moment(seen.grace_until)


def _approve(session_hash: bytes, client_id: int, month: date) -> None:
    refusal = month_states.approve(session_hash, client_id, month)
    _say(refusal, "Approved. The worker issues it once its grace time is over, if it is ready.")


def _override(session_hash: bytes, client_id: int, month: date, key: str) -> None:
    written = st.session_state.get(key) or ""
    reason = "".join(sign if sign.isprintable() else " " for sign in written).strip()
    refusal = month_states.approve(session_hash, client_id, month, reason)
    _say(refusal, "Approved. The worker issues it within a minute.")


def _withdraw(session_hash: bytes, client_id: int, month: date) -> None:
    refusal = month_states.withdraw(session_hash, client_id, month)
    _say(refusal, "The approval is taken back.")


def _say(refusal: Refusal | None, done: str) -> None:
    """Say what came of it; a second click on what the first one did says nothing else."""
    if refusal is None:
        st.session_state[state.NOTICE] = done
    elif refusal is not Refusal.APPROVED or state.NOTICE not in st.session_state:
        st.session_state[state.NOT_DONE] = _REFUSED[refusal]
