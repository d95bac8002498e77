"""Charges as they pile up: a line is what stays the same over the month, a row is one charge of it.

`Sheet.frames` gives LINES (one row a line: text) and ROWS (one row a charge: int64 hours and units), which the writers
join. A line is split where its resource's tags change.
"""

from __future__ import annotations

import base64
import hashlib

import numpy as np
import pandas as pd

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.catalog import KINDS
from costdna_companion.demo.tagging import KEYS, TEAM
from costdna_companion.demo.usage import UNIT, Series
from costdna_companion.demo.world import World

MONEY = (
    "u", "n", "pub", "ri_effective", "ri_upfront_use", "ri_recurring_use", "ri_unused_upfront", "ri_unused_recurring", "ri_amortized",
    "ri_upfront_value", "sp_effective", "sp_total", "sp_used", "sp_recurring", "sp_amortized", "split_cost", "split_unused",
)  # fmt: skip
TEXT = {
    "identity": "", "type": "Usage", "account": "", "code": "", "service": "", "family": "", "category": "Other", "resource": "",
    "resource_type": "", "resource_name": "", "usage_type": "", "operation": "", "zone": "", "region": "", "location": "", "unit": "",
    "rate": "", "description": "", "entity": "AWS", "bill_type": "Anniversary", "legal": "Amazon Web Services EMEA SARL", "size": "",
    "term": "OnDemand", "option": "", "ri": "", "sp": "", "sp_type": "", "sp_option": "", "principal": "", "parent": "", "tax": "",
    "unit_cost": "", "business_unit": "", "subscription": "", "discount_kind": "", "verdict": "", "team": "",
}  # fmt: skip


def rate_text(units: int) -> str:
    return f"{'-' if units < 0 else ''}{abs(units) // UNIT}.{abs(units) % UNIT:010d}"


class Sheet:
    def __init__(self, world: World):
        self.world = world
        self.lines: list[dict] = []
        self.parts: list[tuple] = []

    def add(self, line: dict, start, stop, amount, **money) -> None:
        """Append charges of one line. ``start``, ``stop`` hours; ``amount`` quantity × 10⁴; money in units; all (n,)."""
        text = {k: line.get(k, default) for k, default in TEXT.items()}
        text["tags"] = line.get("tags", {})
        text["discount"] = int(line.get("discount", 0))
        text["inclusive"] = bool(line.get("inclusive", False))
        seed = "|".join(str(v) for v in text.values())
        text["identity"] = base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode().lower().rstrip("=")
        start = np.atleast_1d(np.asarray(start, "int64"))
        n = len(start)
        full = lambda x: np.broadcast_to(np.asarray(x, "int64"), (n,))
        self.parts.append((len(self.lines), start, full(stop), full(amount), {k: full(v) for k, v in money.items()}))
        self.lines.append(text)

    def base(self, s: Series) -> dict:
        """The line of a usage series, before tags."""
        r, kind = s.resource, KINDS[s.resource.kind]
        zone = (
            f"{r.region}{'ab'[int(hashlib.md5(r.id.encode()).hexdigest(), 16) % 2]}"
            if kind.code in ("AmazonEC2", "AmazonRDS")
            else ""
        )
        return {
            "account": self.world.accounts[r.account], "code": kind.code, "service": kind.service, "family": kind.family, "category": kind.category,
            "resource": r.id, "resource_type": kind.type, "resource_name": r.name, "usage_type": s.usage_type,
            "operation": s.meter.operation, "zone": zone if s.meter.cadence == "h" else "", "region": r.region, "location": words.REGIONS[r.region][2],
            "unit": s.meter.unit, "rate": rate_text(s.rate), "size": r.size, "principal": r.principal, "discount": 8, "discount_kind": "EdpDiscount",
            "description": f"${rate_text(s.rate).rstrip('0')} per {s.meter.unit} of {s.usage_type} in {words.REGIONS[r.region][2]}",
            "subscription": str(int(hashlib.md5(s.usage_type.encode()).hexdigest()[:8], 16)),
        }  # fmt: skip

    def usage(self, s: Series, start, stop, amount, line: dict | None = None, **money) -> None:
        """Charges of a resource: split by its tags' intervals, and labelled with the truth of each interval."""
        r = s.resource
        line = self.base(s) | (line or {})
        start, stop, amount = (np.asarray(x, "int64") for x in (start, stop, amount))
        cuts = sorted({0, self.world.hours} | {t[0] for t in r.tags} | {o[1] for o in r.owners})
        for begin, end in zip(cuts, cuts[1:]):
            pick = (start >= begin) & (start < end)
            if not pick.any():
                continue
            tags = next((t for a, b, t in r.tags if a <= begin < b), {})
            team = next((t for t, a, b in r.owners if a <= begin < b), "")
            tagged = line | {
                "tags": tags,
                "verdict": r.verdict,
                "team": team,
                "business_unit": business_unit(r.account, tags),
            }
            self.add(
                tagged,
                start[pick],
                stop[pick],
                amount[pick],
                **{k: np.broadcast_to(np.asarray(v, "int64"), start.shape)[pick] for k, v in money.items()},
            )

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(LINES, ROWS). LINES has a column per tag key; ROWS is ordered by line, then start."""
        n = np.array([len(p[1]) for p in self.parts], "int64")
        rows = {"line": np.repeat(np.array([p[0] for p in self.parts], "int64"), n)}
        for name, i in (("start", 1), ("stop", 2), ("amount", 3)):
            rows[name] = np.concatenate([p[i] for p in self.parts])
        for m in MONEY:
            rows[m] = np.concatenate([p[4].get(m, np.zeros(k, "int64")) for p, k in zip(self.parts, n)])
        lines = pd.DataFrame([{k: v for k, v in line.items() if k != "tags"} for line in self.lines])
        for key in KEYS:
            lines["tag " + key] = [line["tags"].get(key, "") for line in self.lines]
        lines.insert(0, "line", np.arange(len(lines), dtype="int64"))
        return lines, pd.DataFrame(rows)


def business_unit(account: str, tags: dict[str, str]) -> str:
    """The cost category: by account where one unit lives there, else inherited from a well-spelled team tag."""
    units = {
        "payments-prod": "Commerce",
        "data-prod": "Data",
        "ml-lab": "Data",
        "identity-prod": "Platform",
        "network": "Platform",
    }
    by_tag = {spelling: unit for spelling, _, unit, _, _ in words.TEAMS.values()}
    return units.get(account) or by_tag.get(tags.get(TEAM, ""), "")
