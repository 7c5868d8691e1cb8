"""A manufacturer of 900 seats: offices, two plants, large volumes."""

from demo.portrait import Portrait, Straggler
from demo.rhythm import OFFICE, ROUND_THE_CLOCK, SHIFTS, Episode
from demo.series import Amounts, DailyCosts, Levels, MachineHours, Peaks, Sessions

DELTAWERK = Portrait(
    slug="deltawerk",
    zone="Europe/Amsterdam",
    sources={
        "backup-collector": (
            Levels(
                meter="backup-storage",
                resources={f"plant-1-{number:02d}": 2900 - 110 * number for number in range(1, 15)}
                | {f"plant-2-{number:02d}": 3650 - 160 * number for number in range(1, 11)}
                | {"drawings": 9800, "quality-records": 5400},
                growth=0.019,
            ),
        ),
        "monitoring": (
            MachineHours(
                meter="compute-hours",
                resources={f"host-{number:02d}": 1 for number in range(1, 35)}
                | {f"desktop-host-{number}": 0 for number in range(1, 9)},
                every=24,
            ),
            Amounts(
                meter="data-out",
                resources={"plant-1": 6900, "plant-2": 4700, "sales": 2100},
                growth=0.012,
                rhythm=SHIFTS,
                episodes=(Episode(first=-166, last=-150, factor=2.9),),
            ),
            Amounts(
                meter="security-logs",
                resources={"plant-1": 2350, "plant-2": 1480},
                growth=0.022,
                rhythm=ROUND_THE_CLOCK,
                every=2,
            ),
            Levels(
                meter="managed-devices",
                resources={"plant-1": 690, "plant-2": 430, "sales": 124},
                growth=0.006,
                at_hours=(6,),
                decimals=0,
                noise=0,
            ),
        ),
        "remote-gateway": (
            Sessions(
                meter="remote-users",
                resources={"plant-1": 92, "plant-2": 54, "sales": 31},
                growth=0.008,
                domain="deltawerk.example",
            ),
            Peaks(
                meter="vpn-peak",
                resources={"firewall-plant-1": 96, "firewall-plant-2": 58},
                growth=0.008,
                rhythm=OFFICE,
            ),
        ),
        "cloud-bill": (
            DailyCosts(
                meter="cloud-eur",
                resources={"planning": 4100, "customer-portal": 2600, "quality": 1700},
                growth=0.011,
                credit=310.0,
            ),
        ),
    },
    stragglers=(
        Straggler(
            source="backup-collector",
            meter="backup-storage",
            resource="drawings",
            month=-3,
            day=20,
            billed=-2,
            quantity="15400",
        ),
    ),
)
