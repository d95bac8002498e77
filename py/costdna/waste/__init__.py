"""What is paid for and not used, from the bill's own rows: nothing asserted that they do not show."""

from costdna.waste.everything import counted_once, everything
from costdna.waste.schedule import Hours, off_hours
from costdna.waste.seen import aged, held, loose
from costdna.waste.standing import abandoned, idle_addresses, idle_gateways, snapshots, sums
from costdna.waste.volumes import volumes

__all__ = [
    "Hours",
    "abandoned",
    "aged",
    "counted_once",
    "everything",
    "held",
    "idle_addresses",
    "idle_gateways",
    "loose",
    "off_hours",
    "snapshots",
    "sums",
    "volumes",
]
