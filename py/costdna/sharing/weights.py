"""By what a shared charge is split: whole weights per bearer, and in words where they come from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money


@dataclass(frozen=True)
class Weights:
    """Who bears how much.

    names: k bearers, sorted; values: k whole weights, not all 0 (() where nothing is known); said: where they come
    from.
    """

    names: tuple[str, ...]
    values: tuple[int, ...]
    said: str

    @classmethod
    def of(cls, by_name: dict[str, int], said: str) -> "Weights":
        """The positive entries, by name."""
        kept = sorted(n for n, v in by_name.items() if v > 0)
        return cls(tuple(kept), tuple(int(by_name[n]) for n in kept), said)


class Usage:
    """DRIVERS looked up by driver, services and days. A day without usage takes its month; a month without, nothing."""

    def __init__(self, drivers: pd.DataFrame):
        self._used: dict[tuple[str, str], dict[int, list[tuple[str, int]]]] = {}
        days = drivers["x_Day"].to_numpy().astype("datetime64[D]").astype("int64")
        for driver, service, day, who, quantity in zip(
            drivers["x_Driver"],
            drivers["x_Service"],
            days.tolist(),
            drivers["x_Customer"],
            drivers["x_Quantity"].tolist(),
        ):
            self._used.setdefault((driver, service), {}).setdefault(day, []).append((who, int(quantity)))
        self._who = sorted(set(drivers["x_Customer"]))
        self._found: dict[tuple, Weights] = {}

    def drivers(self) -> list[str]:
        """Names of what is counted, sorted."""
        return sorted({driver for driver, _ in self._used})

    def customers(self) -> list[str]:
        """Everyone who used anything, sorted."""
        return self._who

    def weights(self, driver: str, services: tuple[str, ...], first: int, days: int) -> Weights:
        """Usage by customer over the days [first, first + days); of the month `first` lies in where those have none."""
        key = (driver, services, first, days)
        if key not in self._found:
            mine = [
                by_day
                for (name, service), by_day in self._used.items()
                if name == driver and (not services or service in services)
            ]
            then = np.datetime64(first, "D")
            month = then.astype("datetime64[M]")
            low, high = (int((month + n).astype("datetime64[D]").astype("int64")) for n in (0, 1))
            span = f"{then}" if days == 1 else f"{then}/{np.datetime64(first + days, 'D')}"
            of = f" of {', '.join(services)}" if services else ""
            found = self._sum(mine, first, first + days, f"{driver}{of} on {span}")
            if not found.values:
                found = self._sum(mine, low, high, f"{driver}{of} in {month} (none on {span})")
            self._found[key] = found if found.values else Weights((), (), f"no {driver}{of} in {month}")
        return self._found[key]

    @staticmethod
    def _sum(mine: list[dict], first: int, last: int, said: str) -> Weights:
        by_name: dict[str, int] = {}
        for by_day in mine:
            for day in range(first, last) if last - first < len(by_day) else [d for d in by_day if first <= d < last]:
                for name, quantity in by_day.get(day, ()):
                    by_name[name] = by_name.get(name, 0) + quantity
        return Weights.of(by_name, said)


def own_weights(bearers: np.ndarray, values: np.ndarray, column: str) -> Weights:
    """What each bearer has of its own, of a column of the bill. Bearers whose sum is below 0 count 0."""
    codes, names = pd.factorize(bearers, sort=True)
    sums = money.sum_by(values, codes, len(names))
    return Weights.of({str(n): int(v) for n, v in zip(names, sums) if n != ""}, f"{column} of its own")
