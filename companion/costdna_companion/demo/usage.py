"""What every resource used, hour by hour or day by day, and what that costs on demand.

Money is int64 in units of 10⁻¹⁰ of the currency, always a multiple of 10⁻⁸: a whole-percent discount then stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.catalog import KINDS, Meter
from costdna_companion.demo.world import Resource, World

UNIT = 10**10  # money and quantities: 1 = UNIT units
GRAIN = 100  # gross money is a multiple of this


@dataclass
class Series:
    """One meter of one resource: ``start`` and ``stop`` are hours of the month, shape (n,); ``rate`` in units."""

    resource: Resource
    meter: Meter
    usage_type: str
    rate: int
    start: np.ndarray
    stop: np.ndarray
    amount: np.ndarray  # quantity × 10⁴
    weekend: int = 0

    @property
    def cost(self) -> np.ndarray:
        """On-demand money per row, in units."""
        return price(self.amount, self.rate)


def price(amount: np.ndarray, rate: int) -> np.ndarray:
    """amount (×10⁴) times rate (units per 1), cut to the grain."""
    return amount.astype("int64") * rate // (10**4 * GRAIN) * GRAIN


def rate_of(meter: Meter, size: str, region: str, kind: str) -> int:
    text = meter.rate or KINDS[kind].sizes[size]
    whole, _, part = text.partition(".")
    base = int(whole + part.ljust(10, "0"))
    return base * words.REGIONS[region][1] // 100 if meter.operation != "RunInstances:SV001" else base * 3 // 10


def working(resource: Resource, hours: np.ndarray, weekday0: int, rng: np.random.Generator) -> np.ndarray:
    """Hours in which it ran. ``weekday0``: the weekday of the month's first day, Monday 0."""
    alive = (hours >= resource.first) & (hours < resource.last)
    local = hours + resource.offset
    weekday = (weekday0 + np.floor(local / 24).astype("int64")) % 7
    clock = np.floor(local % 24)
    if resource.rhythm == "office":
        alive &= (weekday < 5) & (clock >= 8) & (clock < 19)
    elif resource.rhythm == "nightly":
        alive &= (clock >= 1) & (clock < 6)
    elif resource.rhythm == "bursts":
        begin = int(rng.integers(resource.first, max(resource.first + 1, resource.last - 30)))
        alive &= (hours >= begin) & (hours < begin + int(rng.integers(10, 90)))
    return alive


def measure(world: World, rng: np.random.Generator, weekday0: int) -> list[Series]:
    """All series of the month, in the world's order of resources."""
    hours = np.arange(world.hours, dtype="int64")
    out: list[Series] = []
    for r in world.resources:
        kind = KINDS[r.kind]
        on = hours[working(r, hours, weekday0, rng)]
        days = np.unique(on // 24)
        if not len(on):
            on, days = hours[r.first : r.first + 1], hours[r.first : r.first + 1] // 24
        level = r.volume_factor
        for meter in kind.meters:
            prefix = words.REGIONS[r.region][0]
            rate = rate_of(meter, r.size, r.region, r.kind)
            if meter.cadence == "h":
                amount = np.full(len(on), round(meter.amount * 10**4), "int64")
                out.append(Series(r, meter, prefix + meter.usage.format(size=r.size), rate, on, on + 1, amount))
                continue
            start = days * 24
            weekly = np.where((weekday0 + days) % 7 >= 5, 0.65, 1.0)
            if not meter.rate:  # node hours are what they are
                amount = np.full(len(days), round(meter.amount * 10**4), "int64")
            else:
                noise = (
                    rng.lognormal(0, 0.1, len(days))
                    if "Requests" in meter.unit or meter.amount > 100
                    else np.ones(len(days))
                )
                quantity = meter.amount * (level if meter.amount > 1 else 1.0) * weekly ** (meter.amount > 100) * noise
                amount = np.maximum(np.round(quantity * 10**4), 1).astype("int64")
            out.append(Series(r, meter, prefix + meter.usage.format(size=r.size), rate, start, start + 24, amount))
    return out
