"""A logistics company of 140 seats: two of its sources were silent for days."""

from demo.portrait import Conversation, Portrait, Said, Silence, Straggler, WrongReading
from demo.rhythm import SHIFTS, Episode
from demo.series import Amounts, DailyCosts, Levels, MachineHours, Peaks, Sessions

VANDENBERG = Portrait(
    slug="vandenberg",
    zone="Europe/Amsterdam",
    sources={
        "backup-collector": (
            Levels(
                meter="backup-storage",
                resources={
                    "transport-planning": 2710,
                    "warehouse-rotterdam": 2240,
                    "warehouse-venlo": 1680,
                    "customs-archive": 1930,
                    "file-server": 1460,
                    "mail-archive": 1120,
                    "camera-archive": 940,
                    "finance": 310,
                },
                growth=0.024,
            ),
        ),
        "monitoring": (
            MachineHours(
                meter="compute-hours",
                resources={f"vm-{number:02d}": 1 for number in range(1, 6)}
                | {"desktop-host-1": 0, "desktop-host-2": 0},
            ),
            Amounts(
                meter="data-out",
                resources={"rotterdam": 3350, "venlo": 1490},
                growth=0.016,
                rhythm=SHIFTS,
                episodes=(Episode(first=-128, last=-115, factor=3.1),),
            ),
            Amounts(
                meter="security-logs",
                resources={"rotterdam": 395, "venlo": 215},
                growth=0.026,
                rhythm=SHIFTS,
                every=4,
            ),
            Levels(
                meter="managed-devices",
                resources={"rotterdam": 164, "venlo": 98},
                growth=0.009,
                at_hours=(7,),
                decimals=0,
                noise=0,
            ),
        ),
        "remote-gateway": (
            Sessions(
                meter="remote-users",
                resources={"rotterdam": 49, "venlo": 27},
                growth=0.01,
                domain="vandenberg.example",
            ),
            Peaks(meter="vpn-peak", resources={"firewall-rotterdam": 61}, growth=0.012),
        ),
        "cloud-bill": (
            DailyCosts(meter="cloud-eur", resources={"tracking": 720}, growth=0.015, credit=24.0),
        ),
    },
    silences=(
        Silence(source="backup-collector", first=-9, last=-6),
        Silence(source="monitoring", first=-9, last=-7),
    ),
    corrected=(
        WrongReading(
            source="monitoring",
            age=-38,
            meter="data-out",
            resource="venlo",
            wrong="1840.5",
            right="2.914",
            reason="Probe also counted the backup network",
        ),
        WrongReading(
            source="monitoring",
            age=-3,
            meter="security-logs",
            resource="rotterdam",
            wrong="6120.5",
            right="6.1205",
            reason="Decimal comma read as a thousands sign",
        ),
    ),
    stragglers=(
        Straggler(
            source="monitoring",
            meter="security-logs",
            resource="venlo",
            month=-4,
            day=19,
            billed=-3,
            quantity="340.25",
        ),
        Straggler(
            source="monitoring",
            meter="security-logs",
            resource="venlo",
            month=-4,
            day=22,
            billed=-2,
            quantity="45.5",
        ),
    ),
    conversations=(
        Conversation(
            month=-2,
            price="security-logs",
            asked=Said(
                email="finance@vandenberg.example",
                words="Is the firewall in Venlo still set to log everything?",
            ),
            answered=(
                Said(
                    email="m.oyelaran@fernhill.example",
                    words="It was until the 23rd, for the audit. It logs refused connections only "
                    "since then.",
                ),
            ),
        ),
    ),
    in_spite="Two sources were silent for days; what they kept back follows as late.",
)
