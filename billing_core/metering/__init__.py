"""What was counted: meters, measurements, and the quantities they make."""

from billing_core.metering.changes import Change
from billing_core.metering.from_events import usage_in_order, usage_of
from billing_core.metering.gaps import Gap, gaps_between
from billing_core.metering.running import (
    RunningQuantity,
    Step,
    changes_after,
    changes_of,
)
from billing_core.metering.usage import (
    Aggregation,
    Checkpoint,
    Level,
    Measured,
    Measurement,
    Meter,
    MeterUsage,
    ResourceQuantity,
)

__all__ = [
    "Aggregation",
    "Change",
    "Checkpoint",
    "Gap",
    "Level",
    "Measured",
    "Measurement",
    "Meter",
    "MeterUsage",
    "ResourceQuantity",
    "RunningQuantity",
    "Step",
    "changes_after",
    "changes_of",
    "gaps_between",
    "usage_in_order",
    "usage_of",
]
