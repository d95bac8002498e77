"""What the rest of a period will probably cost: a seasonal forecast with its interval.

An estimate, never part of a ledger; only where it is asked for.
"""

from costdna.forecast.seasonal import Forecast, forecast

__all__ = ["Forecast", "forecast"]
