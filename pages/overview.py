"""Overview: is anything about to surprise me?"""

from components import data
from components.filters import chosen_period
from components.heading import draw_title
from components.live import live
from components.markup import show
from components.overview import overview_sheet
from components.viewer import Viewer, require_viewer

viewer = require_viewer()


def draw(viewer: Viewer) -> None:
    """Draw the month that is chosen."""
    now = data.as_of(viewer)
    periods = data.periods(viewer, now)
    period = chosen_period(periods)
    sheet = overview_sheet(viewer, periods, period, now)
    draw_title("Overview", dict(sheet.months), period.name)
    show(sheet.body)


live(draw)
