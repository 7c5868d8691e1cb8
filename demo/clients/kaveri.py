"""An analytics company of 85 seats, a client for three months: cloud costs that rise."""

from demo.portrait import Portrait, Straggler, WrongReading
from demo.series import Amounts, DailyCosts, Levels, MachineHours, Peaks, Sessions

KAVERI = Portrait(
    slug="kaveri",
    zone="Asia/Kolkata",
    sources={
        "backup-collector": (
            Levels(
                meter="backup-storage",
                resources={"warehouse": 1320, "notebooks": 480, "code": 210, "office": 330},
                growth=0.07,
            ),
        ),
        "monitoring": (
            MachineHours(
                meter="compute-hours",
                resources={"scheduler": 1, "feature-store": 1, "gateway": 1, "directory": 1}
                | {"training-1": 0, "training-2": 0},
            ),
            Amounts(meter="data-out", resources={"chennai": 1640}, growth=0.06),
            Levels(
                meter="managed-devices",
                resources={"chennai": 128},
                growth=0.03,
                at_hours=(6,),
                decimals=0,
                noise=0,
            ),
        ),
        "remote-gateway": (
            Sessions(
                meter="remote-users",
                resources={"chennai": 99},
                growth=0.04,
                domain="kaveri.example",
            ),
            Peaks(meter="vpn-peak", resources={"cloud-firewall": 74}, growth=0.05),
        ),
        "cloud-bill": (
            DailyCosts(
                meter="cloud-usd",
                resources={"training": 1780, "serving": 1020, "shared": 320},
                growth=0.09,
                noise=0.2,
                credit=65.0,
            ),
        ),
    },
    corrected=(
        WrongReading(
            source="monitoring",
            age=-2,
            meter="data-out",
            resource="chennai",
            wrong="0",
            right="1.75",
            reason="Counter wrapped around",
            is_lost=True,
        ),
    ),
    stragglers=(
        Straggler(
            source="monitoring",
            meter="data-out",
            resource="chennai",
            month=-2,
            day=9,
            billed=-1,
            quantity="640",
        ),
    ),
)
