"""A dental group of twelve: small, steady, near 80 % of two tiers."""

from demo.portrait import Portrait
from demo.rhythm import Episode
from demo.series import Amounts, Levels, MachineHours, Sessions

MAPLE_DENTAL = Portrait(
    slug="maple-dental",
    zone="America/New_York",
    sources={
        "backup-collector": (
            Levels(
                meter="backup-storage",
                resources={"practice-server": 338, "imaging-archive": 241, "office-files": 36},
                growth=0.021,
            ),
        ),
        "monitoring": (
            MachineHours(
                meter="compute-hours", resources={"practice-server": 1, "imaging": 1}, every=4
            ),
            Amounts(
                meter="data-out",
                resources={"practice": 460},
                every=2,
                growth=0.02,
                episodes=(Episode(first=-130, last=-121, factor=2.6),),
            ),
            Levels(
                meter="managed-devices",
                resources={"practice": 24},
                growth=0.01,
                at_hours=(7,),
                decimals=0,
                noise=0,
            ),
        ),
        "remote-gateway": (
            Sessions(
                meter="remote-users",
                resources={"practice": 8},
                growth=0.01,
                domain="maplestreet.example",
            ),
        ),
    },
)
