"""The names under which a browser's visit keeps anything, and those that a link may carry."""

from typing import Final

#: Whose visit this is: a hash of the session's hash. Everything else is wiped when it changes.
PRINCIPAL: Final = "principal"
#: The chosen client's slug, kept across pages; the address says it too.
CLIENT: Final = "client"
#: Whether the visit shows what the client's finance sees, kept across pages.
VIEWING_AS: Final = "viewing_as"
#: How many runs in a row failed, and when the last one did.
FAILURES: Final = "failures"
#: What was done, to be said once by the next run.
NOTICE: Final = "notice"
#: What was not done, and why, to be said once by the next run.
NOT_DONE: Final = "not_done"
#: The websocket over which the visit last ran, by its key.
WEBSOCKET: Final = "websocket"
#: What the address said when somebody last acted, by parameter.
ADDRESS: Final = "address"

#: Query parameters.
CLIENT_PARAMETER: Final = "client"
VIEW_PARAMETER: Final = "view"
#: The value of VIEW_PARAMETER that shows what the client's finance sees.
VIEW_AS_CLIENT: Final = "client"

#: Widgets of the frame and of its own pages.
SWITCHER: Final = "client_switcher"
SIGN_OUT: Final = "sign_out"
VIEW_AS: Final = "view_as"
VIEW_BACK: Final = "view_back"
WATCH: Final = "live_watch"
WAKE: Final = "live_wake"

#: Query parameters of the screens, and the widgets that write them.
PERIOD_PARAMETER: Final = "period"
METER_PARAMETER: Final = "meter"
SHOW_PARAMETER: Final = "show"
DAY_PARAMETER: Final = "day"
RESOURCE_PARAMETER: Final = "resource"
AFTER_PARAMETER: Final = "after"
BEFORE_PARAMETER: Final = "before"
EVENT_PARAMETER: Final = "event"
INVOICE_PARAMETER: Final = "invoice"
LINE_PARAMETER: Final = "line"
QUESTION_PARAMETER: Final = "question"
PRICE_PARAMETER: Final = "price"
PERIOD_PICKER: Final = "period_picker"
METER_SWITCHER: Final = "meter_switcher"
SHOW_SWITCHER: Final = "show_switcher"
DAY_PICKER: Final = "day_picker"
RESOURCE_PICKER: Final = "resource_picker"
FILTER_RESET: Final = "filter_reset"
DEMO_SIGN_IN: Final = "demo_sign_in"
PAGER: Final = "pager"

#: Month end: which stage and page of the list, and the widgets that decide.
STAGE_PARAMETER: Final = "stage"
PAGE_PARAMETER: Final = "page"
MONTH_PICKER: Final = "month_picker"
STAGE_PICKER: Final = "stage_picker"
MONTHS_CHOSEN: Final = "months_chosen"
MONTHS_TO_CONFIRM: Final = "months_to_confirm"
OVERRIDE_REASON: Final = "override_reason"

#: What a form about a document is sent under, what was typed into it, and why it was refused.
SUBMISSION: Final = "submission"
TYPED: Final = "typed"
REFUSED: Final = "refused"
QUESTION_FORM: Final = "question_form"
ABOUT_FIELD: Final = "about_field"
AMOUNT_FIELD: Final = "amount_field"
MESSAGE_FIELD: Final = "message_field"
SEND: Final = "send"

#: The pages of an administrator.
PERSON_PICKER: Final = "person_picker"
END_ALL: Final = "end_all_sessions"
AUDIT_KIND_PARAMETER: Final = "what"
AUDIT_WHO_PARAMETER: Final = "who"
AUDIT_SINCE_PARAMETER: Final = "since"
AUDIT_KIND: Final = "audit_kind"
AUDIT_WHO: Final = "audit_who"
AUDIT_SINCE: Final = "audit_since"
#: The value of SHOW_PARAMETER that shows nothing but how whole the data is.
SHOW_QUALITY: Final = "quality"
