"""The people of the demo who visit."""

from typing import Final

from demo.people import PASSWORD

FINANCE: Final = "finance@harborpoint.example"
IT: Final = "it@harborpoint.example"
OTHER_FINANCE: Final = "finance@vandenberg.example"
ACCOUNT_MANAGER: Final = "m.oyelaran@fernhill.example"
BILLING: Final = "billing@fernhill.example"
ADMINISTRATOR: Final = "admin@fernhill.example"

__all__ = [
    "ACCOUNT_MANAGER",
    "ADMINISTRATOR",
    "BILLING",
    "FINANCE",
    "IT",
    "OTHER_FINANCE",
    "PASSWORD",
]
