"""A food distributor of sixty seats: in burst since its people work from home, its backups next."""

from demo.portrait import (
    Conversation,
    Delay,
    Portrait,
    Said,
    Straggler,
    Unusable,
    WrongReading,
)
from demo.rhythm import SHIFTS, Episode
from demo.series import Amounts, DailyCosts, Levels, MachineHours, Peaks, Sessions

_FINANCE = "finance@harborpoint.example"
_ACCOUNT_MANAGER = "m.oyelaran@fernhill.example"

HARBOR_FOODS = Portrait(
    slug="harbor-foods",
    zone="America/New_York",
    sources={
        "backup-collector": (
            Levels(
                meter="backup-storage",
                resources={
                    "erp-database": 1830,
                    "file-server": 2460,
                    "mail-archive": 1210,
                    "warehouse-system": 890,
                    "engineering-share": 640,
                    "desktop-images": 520,
                },
                growth=0.031,
                at_hours=(2, 14),
            ),
            Levels(
                meter="backup-storage",
                resources={"file-server-new": 3100},
                at_hours=(3, 15),
                episodes=(Episode(first=-500, last=-15, factor=0),),
            ),
        ),
        "monitoring": (
            MachineHours(
                meter="compute-hours",
                resources={"erp": 1, "files": 1, "directory-1": 1, "directory-2": 1, "warehouse": 1}
                | {"desktop-host-1": 0, "desktop-host-2": 0, "test": 0},
            ),
            Amounts(
                meter="data-out",
                resources={"head-office": 1820, "cold-store": 760},
                growth=0.018,
                rhythm=SHIFTS,
                episodes=(Episode(first=-196, last=-190, factor=3.4),),
            ),
            Levels(
                meter="managed-devices",
                resources={"head-office": 71, "cold-store": 25},
                growth=0.012,
                at_hours=(7,),
                decimals=0,
                noise=0,
            ),
        ),
        "remote-gateway": (
            Sessions(
                meter="remote-users",
                resources={"head-office": 36, "cold-store": 9},
                growth=0.014,
                domain="harborpoint.example",
            ),
            Peaks(
                meter="vpn-peak",
                resources={"firewall-head-office": 34},
                growth=0.015,
                episodes=(Episode(first=-11, last=400, factor=1.7),),
            ),
        ),
        "cloud-bill": (
            DailyCosts(
                meter="cloud-usd",
                resources={"production": 610, "analytics": 240},
                growth=0.02,
                credit=18.4,
            ),
        ),
    },
    delays=(Delay(source="remote-gateway", meter="vpn-peak", first=-11, last=-11),),
    corrected=(
        WrongReading(
            source="monitoring",
            age=-5,
            meter="data-out",
            resource="cold-store",
            wrong="415.2",
            right="",
            reason="Restore test, agreed to be free of charge",
        ),
    ),
    unusable=(
        Unusable(
            source="monitoring",
            age=-4,
            meter="data-out",
            resource="cold-store",
            quantity="1,204.5",
            count=3,
        ),
        Unusable(
            source="monitoring", age=-4, meter="data-in", resource="cold-store", quantity="18.2"
        ),
    ),
    stragglers=(
        Straggler(
            source="cloud-bill",
            meter="cloud-usd",
            resource="analytics",
            month=-4,
            day=12,
            billed=-3,
            wrong="412.40",
            quantity="41.24",
            reason="Decimal point lost in the vendor's bill",
        ),
        Straggler(
            source="monitoring",
            meter="data-out",
            resource="head-office",
            month=-8,
            day=17,
            billed=-3,
            quantity="347.5",
        ),
        Straggler(
            source="monitoring",
            meter="data-out",
            resource="cold-store",
            month=-1,
            day=24,
            billed=0,
            quantity="118.2",
        ),
    ),
    conversations=(
        Conversation(
            month=-3,
            price="workplace-support",
            disputed="276",
            asked=Said(
                email=_FINANCE,
                words="Two of our people have left. Why are their seats still billed?",
            ),
            settled=Said(
                email=_ACCOUNT_MANAGER,
                words="Seats end with your written notice (Schedule A 2), and none came for these "
                "two. Give notice of them now and they end with next month.",
            ),
        ),
        Conversation(
            month=-2,
            price="firewall-replacement",
            disputed="280",
            asked=Said(
                email=_FINANCE,
                words="CHG-2291 was approved for 2,200.00, and 2,480.00 is billed.",
            ),
            answered=(
                Said(
                    email=_ACCOUNT_MANAGER,
                    words="The difference is a longer support contract of the maker. Do you have "
                    "the quote that you approved?",
                ),
                Said(
                    email=_FINANCE,
                    words="It is the one that came with the order, and it says support included.",
                ),
            ),
            settled=Said(
                email=_ACCOUNT_MANAGER,
                words="You are right, our quote included it. We credit the 280.00.",
            ),
            agreed="280",
        ),
        Conversation(
            month=-1,
            price="vpn-peak",
            asked=Said(
                email=_FINANCE,
                words="On which day was the peak, and was it one of your failover tests?",
            ),
        ),
    ),
    in_spite="The refused readings of the cold store's probe were looked at: they follow, if at "
    "all, as late ones.",
)
