"""The names under which a browser's visit keeps anything, and those that a link may carry."""

from typing import Final

#: Whose visit this is: a hash of the session's hash. Everything else is wiped when it changes.
PRINCIPAL: Final = "principal"
#: The chosen client's slug, kept across pages; the address says it too.
CLIENT: Final = "client"
#: Whether the visit shows what the client's finance sees, kept across pages.
VIEWING_AS: Final = "viewing_as"
#: What was done, to be said once by the next run.
NOTICE: Final = "notice"

#: Query parameters.
CLIENT_PARAMETER: Final = "client"
VIEW_PARAMETER: Final = "view"
#: The value of VIEW_PARAMETER that shows what the client's finance sees.
VIEW_AS_CLIENT: Final = "client"
