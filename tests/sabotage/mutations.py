"""Every protection that is taken away, one at a time."""

from typing import Final

from tests.sabotage.metering import METERING
from tests.sabotage.mutation import Mutation
from tests.sabotage.tenancy import TENANCY

MUTATIONS: Final[tuple[Mutation, ...]] = (*TENANCY, *METERING)
