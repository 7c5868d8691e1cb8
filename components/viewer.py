"""Who looks at this run, checked against the database each time."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; the words are those of `auth.person.role`."""

    FINANCE = "finance"
    IT = "it"
    ACCOUNT_MANAGER = "account_manager"
    BILLING = "billing"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRef:
    """The client whose records are shown."""

    client_id: int
    slug: str
    name: str
    zone: str  #: IANA name; days and months of this client's screens are in it
    locale: str  #: such as "de_DE"; separators and dates of this client's screens


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A signed-in person in this run, and whose records he looks at."""

    person_id: int
    name: str
    email: str
    role: Role  #: the role that decides what is shown (finance while viewing as a client)
    client: ClientRef
    clients: tuple[ClientRef, ...]  #: all that this person may see, by name
    database_role: str  #: "meterglass_client" or "meterglass_msp"
    viewing_as: bool  #: an account manager looks at what his client's finance sees
    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's token
    is_demo: bool


def require_viewer(*, acting: bool | None = None) -> Viewer:
    """Return the viewer of this run, or end the run with the way to sign in.

    Every page and every fragment starts with it: the session is looked up for this
    websocket's own cookie, never taken from what an earlier run left behind.

    Args:
        acting: Whether a person caused this run, which extends the idle time. None: yes in
            a run of the whole page, no in a fragment (a fragment may run by itself).
    """
    raise NotImplementedError
