"""Month end: can I issue? All clients of a month for billing, or one of them."""

from components import data, month_states
from components.denied import draw_no_such_page
from components.filters import names_a_client
from components.live import live, live_for_all
from components.markup import show
from components.month_end_approving import draw_decisions
from components.month_end_client import client_month
from components.month_end_head import (
    draw_month_head,
    draw_unknown,
    way_back,
)
from components.month_end_list import draw_month_list
from components.month_end_panels import draw_lines, draw_standing
from components.viewer import (
    Person,
    Viewer,
    asks_for_client_view,
    require_person,
)

person = require_person()


def draw_all(person: Person) -> None:
    """Draw the month that is chosen, of all clients."""
    now = data.now()
    known = draw_month_head(person, now)
    if known:
        draw_month_list(person, known, now)


def draw_one(viewer: Viewer) -> None:
    """Draw the month that is chosen, of the client that the address names."""
    now = data.as_of(viewer)
    known = draw_month_head(viewer, now)
    if known is None:
        return
    month = client_month(viewer, known, now)
    if month is None:
        draw_unknown(viewer, known)
        return
    show(way_back(viewer, f"{known.month:%Y-%m}"))
    draw_standing(month)
    draw_decisions(viewer, month.seen, month.writing)
    draw_lines(month)


if not person.role.closes_months or asks_for_client_view():
    draw_no_such_page(person, "month end")
elif names_a_client():
    live(draw_one)
else:
    live_for_all(draw_all, month_states.changes)
