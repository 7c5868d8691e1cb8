"""Invoices: is this right, and what was it made from?"""

import streamlit as st

from components import data, issued
from components.document_page import document_sheet
from components.document_shown import document_shown, line_shown
from components.invoice_list import draw_invoice_list
from components.line_page import draw_behind_line, line_sheet
from components.live import live
from components.markup import show
from components.question_forms import draw_question_forms
from components.threads import question_shown, threads_panel
from components.viewer import Viewer, require_viewer

viewer = require_viewer()


def draw(viewer: Viewer) -> None:
    """Draw the list, the document or the line that is chosen, and what is asked about it."""
    shown = document_shown(viewer)
    st.title("Invoices", anchor=False)
    if shown is None:
        draw_invoice_list(viewer, data.as_of(viewer))
        return
    line = line_shown(shown)
    questions = issued.questions(viewer, shown.head)
    chosen = question_shown(questions)
    if line is None:
        show(document_sheet(shown))
    else:
        show(line_sheet(shown, line))
        draw_behind_line(shown, line)
        questions = tuple(each for each in questions if each.line == line.number)
    show(threads_panel(shown, questions, chosen))


live(draw)
draw_question_forms(viewer)
