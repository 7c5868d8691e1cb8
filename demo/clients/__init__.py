"""The demo's five clients: what their sources report, and what happened to them lately.

Amounts are those of the anchor day. Ages are days after the anchor; what lies behind is negative.
The agreements that price all this are in ``demo/setup``.
"""

from demo.clients.deltawerk import DELTAWERK
from demo.clients.harbor_foods import HARBOR_FOODS
from demo.clients.kaveri import KAVERI
from demo.clients.maple_dental import MAPLE_DENTAL
from demo.clients.vandenberg import VANDENBERG

PORTRAITS = (DELTAWERK, HARBOR_FOODS, KAVERI, MAPLE_DENTAL, VANDENBERG)

__all__ = ["DELTAWERK", "HARBOR_FOODS", "KAVERI", "MAPLE_DENTAL", "PORTRAITS", "VANDENBERG"]
