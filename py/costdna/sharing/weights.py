"""By what a shared charge is split: whole weights per bearer, and in words where they come from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money

DAY_UNITS = 86_400_000_000_000


@dataclass(frozen=True)
class Weights:
    """names: k bearers, sorted; values: k whole weights, not all 0 (() where nothing is known); said: where they come from."""

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
        self.day = drivers["x_Day"].to_numpy().astype("datetime64[D]").astype("int64")
        self.service, self.who, self.driver = (drivers[c].to_numpy(dtype=object) for c in ("x_Service", "x_Customer", "x_Driver"))
        self.quantity = drivers["x_Quantity"].to_numpy()
        self._found: dict[tuple, Weights] = {}

    def drivers(self) -> list[str]:
        """Names of what is counted, sorted."""
        return sorted(set(self.driver))

    def customers(self) -> list[str]:
        """Everyone who used anything, sorted."""
        return sorted(set(self.who))

    def weights(self, driver: str, services: tuple[str, ...], first: int, days: int) -> Weights:
        """Usage by customer over the days [first, first + days); of the month `first` lies in where those have none."""
        key = (driver, services, first, days)
        if key not in self._found:
            mine = (self.driver == driver) & (np.isin(self.service, list(services)) if services else True)
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

    def _sum(self, mine, first: int, last: int, said: str) -> Weights:
        at = np.flatnonzero(mine & (self.day >= first) & (self.day < last))
        by_name: dict[str, int] = {}
        for name, quantity in zip(self.who[at], self.quantity[at].tolist()):
            by_name[name] = by_name.get(name, 0) + int(quantity)
        return Weights.of(by_name, said)


def own_weights(bearers: np.ndarray, values: np.ndarray, column: str) -> Weights:
    """What each bearer has of its own, of a column of the bill. Bearers whose sum is below 0 count 0."""
    codes, names = pd.factorize(bearers, sort=True)
    sums = money.sum_by(values, codes, len(names))
    return Weights.of({str(n): int(v) for n, v in zip(names, sums) if n != ""}, f"{column} of its own")
