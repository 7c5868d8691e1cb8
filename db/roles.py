"""The names of the database roles, written once."""

from typing import Final

OWNER: Final = "meterglass_owner"
"""Login that owns schema, tables and functions: migrations and setup."""
WRITER: Final = "meterglass_writer"
"""Login of intake and jobs: sees the clients it declared for the transaction."""
PORTAL: Final = "meterglass_portal"
"""Login of the portal: only signs people in, until it takes one of the two roles below."""
CLIENT: Final = "meterglass_client"
"""Role of a transaction for a client's people; no login."""
MSP: Final = "meterglass_msp"
"""Role of a transaction for the MSP's people; no login."""
ADMINISTRATOR: Final = "meterglass_administrator"
"""Superuser of the embedded server only."""

LOGINS: Final = (OWNER, WRITER, PORTAL)
SCREEN_ROLES: Final = (CLIENT, MSP)
EVERY_ROLE: Final = (*LOGINS, *SCREEN_ROLES)
