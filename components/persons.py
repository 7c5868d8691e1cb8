"""The persons of the portal: what one may do, and whose records one looks at."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class SessionEndedError(PermissionError):
    """The session ended while a run of its was answered: nobody gets the answer."""


class Role(StrEnum):
    """What a person may do; the words are those of `auth.person.role`."""

    FINANCE = "finance"
    IT = "it"
    ACCOUNT_MANAGER = "account_manager"
    BILLING = "billing"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role as a screen calls it."""
        return {"it": "IT"}.get(self.value, self.value.replace("_", " ").capitalize())

    @property
    def is_of_the_msp(self) -> bool:
        """Whether people of this role work for the MSP rather than for one client."""
        return self not in {Role.FINANCE, Role.IT}

    @property
    def closes_months(self) -> bool:
        """Whether people of this role see all clients' months at their end."""
        return self in {Role.BILLING, Role.ADMINISTRATOR}


#: Who answers the client's questions about documents, and agrees to what is disputed or rejects it.
ANSWERING: Final = frozenset({Role.ACCOUNT_MANAGER, Role.BILLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRef:
    """The client whose records are shown."""

    client_id: int
    slug: str
    name: str
    zone: str  #: IANA name; days and months of this client's screens are in it
    locale: str  #: such as "de_DE"; separators and dates of this client's screens
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A signed-in person, whichever client he looks at."""

    person_id: int
    name: str
    email: str
    role: Role
    must_change_password: bool
    clients: tuple[ClientRef, ...]  #: all that this person may see, by name
    issuer: str  #: the MSP's name; empty before the setup
    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's token
    is_demo: bool


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
    viewing_as: bool  #: somebody of the MSP looks at what the client's finance sees
    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's token
    records_version: int  #: grows with every change of the client's records
    #: That version as last raised for changes from a month on, by the month's name, in order.
    month_versions: tuple[tuple[str, int], ...]
    is_demo: bool

    def version_up_to(self, month: str) -> int:
        """Give the version with which something last changed in a month or in one before it.

        Levels are carried from month to month, so a month depends on all that came before.
        """
        return max((version for name, version in self.month_versions if name <= month), default=0)

    @property
    def sees_payment(self) -> bool:
        """Whether invoices show what is to be paid to whom and when: to all but the client's IT."""
        return self.role is not Role.IT

    @property
    def mends(self) -> bool:
        """Whether he can mend data: people of the MSP, while they look as themselves."""
        return self.role.is_of_the_msp and not self.viewing_as


#: Whoever looks at all clients that he may see, or at one of them.
Looking = Person | Viewer
