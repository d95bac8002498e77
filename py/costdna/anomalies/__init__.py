"""What is odd on a bill: spikes, drops, steps, ramps, what is new and what stopped; one alert for one cause."""

from costdna.anomalies.causes import LEVELS, alerts
from costdna.anomalies.mad import mad
from costdna.anomalies.scan import Event, scan
from costdna.anomalies.settings import Settings

__all__ = ["Event", "LEVELS", "Settings", "alerts", "mad", "scan"]
