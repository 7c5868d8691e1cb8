"""Every protection that is taken away, one at a time."""

from typing import Final

from tests.sabotage.access import ACCESS
from tests.sabotage.billing import BILLING
from tests.sabotage.closing import CLOSINGS
from tests.sabotage.doors import DOORS
from tests.sabotage.live import LIVE
from tests.sabotage.metering import METERING
from tests.sabotage.month_end import MONTH_END
from tests.sabotage.mutation import Mutation
from tests.sabotage.proof import PROOF
from tests.sabotage.questions import QUESTIONS
from tests.sabotage.tenancy import TENANCY

MUTATIONS: Final[tuple[Mutation, ...]] = (
    *TENANCY,
    *DOORS,
    *ACCESS,
    *LIVE,
    *METERING,
    *BILLING,
    *CLOSINGS,
    *MONTH_END,
    *PROOF,
    *QUESTIONS,
)
