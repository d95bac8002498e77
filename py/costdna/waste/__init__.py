"""What is paid for and not used, from the bill's own rows: nothing asserted that they do not show."""

from costdna.waste.schedule import Hours, off_hours
from costdna.waste.standing import abandoned, idle_addresses, idle_gateways, snapshots
from costdna.waste.volumes import volumes

__all__ = ["Hours", "abandoned", "idle_addresses", "idle_gateways", "off_hours", "snapshots", "volumes"]
