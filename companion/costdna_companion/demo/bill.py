"""The demo bill in memory: build it from a seed, add it up, say who owns what.

Legend: U = units of 10⁻¹⁰ dollars, int64 or Python integers.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna_companion.demo import commitments, extras
from costdna_companion.demo.sheet import Sheet
from costdna_companion.demo.tagging import write_tags
from costdna_companion.demo.usage import Series, measure
from costdna_companion.demo.world import World, make_world

CREDITS = ("Credit", "Refund")
PLAN_REFUND = "Refund for one-time fee for Savings Plan ID"


@dataclass
class Bill:
    """``lines`` (text, one row a line) and ``rows`` (int64, one row a charge), plus the truth behind them."""

    seed: int
    year: int
    month: int
    world: World
    lines: pd.DataFrame
    rows: pd.DataFrame
    pods: list[dict]
    principals: dict[str, str]

    @property
    def hours(self) -> int:
        return self.world.hours


def build(seed: int = 7, *, scale: float = 1.0, year: int = 2026, month: int = 9, negative: bool = False) -> Bill:
    """The bill of one month.

    The same seed gives the same company, whatever the month; the same arguments the same bytes.
    """
    weekday0, days = calendar.monthrange(year, month)
    hours = days * 24
    stream = lambda *key: np.random.default_rng([seed, *key])
    world = make_world(stream(1), hours, scale)
    series = measure(world, stream(2, year, month), weekday0)
    cost: dict[int, int] = {}
    for s in series:
        cost[id(s.resource)] = cost.get(id(s.resource), 0) + int(s.cost.sum())
    write_tags(world, cost, seed)

    sheet, principals = Sheet(world), {}
    rng = stream(4, year, month)
    committed = commitments.commit(sheet, series, world, rng)
    for s in series:
        if id(s) in committed:
            continue
        if s.resource.kind == "model":
            principals |= extras.bedrock(sheet, s, world, rng)
        else:
            _plain(sheet, s, world)
    extras.unresourced_usage(sheet, world, rng)
    extras.fees(sheet, world)
    pods = extras.split_rows(sheet, world, series, rng)
    buckets = [
        s for s in series if s.resource.kind == "bucket" and "TimedStorage" in s.usage_type and len(s.start) > 20
    ]
    lines, rows = sheet.frames()
    for text, start, stop, u in extras.discounts(lines, rows):
        _discount(sheet, text, start, stop, u)
    extras.taxes(sheet, world, _taxed(*sheet.frames()))
    extras.adjustments(sheet, world, buckets, negative)
    lines, rows = sheet.frames()
    return Bill(seed, year, month, world, *_net(*_ordered(lines, rows)), pods, principals)


def _plain(sheet: Sheet, s: Series, world: World) -> None:
    line: dict = {}
    if s.resource.kind in ("distribution", "nat") and "Bytes" in s.usage_type:
        line = {"discount": 20, "discount_kind": "PrivateRateDiscount"}
    if s.resource.kind == "profile":
        line["principal"] = (
            f"arn:aws:sts::{world.accounts[s.resource.account]}:assumed-role/{s.resource.app}-{s.resource.env}/{s.resource.app}"
        )
    spot = "SpotUsage" in s.usage_type
    split: dict = {}
    if s.resource.kind == "task":  # Fargate: a real cost with its split columns filled, and no parent
        split = {"split_cost": np.where(s.start >= extras.SPLIT_FROM_DAY * 24, s.cost, 0)}
    sheet.usage(s, s.start, s.stop, s.amount, line, u=s.cost, pub=s.cost * 10 // 3 if spot else s.cost, **split)


def _discount(sheet: Sheet, text: dict, start: np.ndarray, stop: np.ndarray, u: np.ndarray) -> None:
    kept = {k: v for k, v in text.items() if not k.startswith("tag ")}
    tags = {k[4:]: v for k, v in text.items() if k.startswith("tag ") and v}
    kind = kept["discount_kind"]
    sheet.add(kept | {"type": kind, "tags": tags, "rate": "", "unit": "", "ri": "", "sp": "", "sp_type": "", "sp_option": "", "option": "", "term": "", "parent": "",
                      "discount": 100, "discount_kind": "", "inclusive": False, "description": f"{kind}: {text['discount']}% of {kept['usage_type'] or kept['code']}"},
              start, stop, 0, u=u)  # fmt: skip


def _taxed(lines: pd.DataFrame, rows: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    """Usage and fees by account and product: what VAT is owed on."""
    taxed = rows[["line", "u"]].merge(
        lines.loc[~lines["type"].isin(CREDITS), ["line", "account", "code", "service"]], on="line"
    )
    by_code = taxed.groupby(["account", "code"], sort=True)
    service = by_code["service"].first()
    return {
        (account, code, service[(account, code)]): int(u)
        for (account, code), u in by_code["u"].sum().items()
        if u > 50 * 10**10
    }


def _ordered(lines: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines by account, service, resource; rows by line and hour: like things together compress best."""
    order = lines.sort_values(["account", "code", "resource", "usage_type", "type", "line"], kind="stable")[
        "line"
    ].to_numpy()
    rank = np.empty(len(order), "int64")
    rank[order] = np.arange(len(order))
    lines = lines.iloc[order].reset_index(drop=True).assign(line=np.arange(len(order), dtype="int64"))
    rows = (
        rows.assign(line=rank[rows["line"].to_numpy()])
        .sort_values(["line", "start"], kind="stable")
        .reset_index(drop=True)
    )
    return lines, rows


def _net(lines: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add the net money: the private discount inside each charge, and nothing left on the discount's own rows."""
    keep = 100 - lines["discount"].to_numpy("int64")[rows["line"].to_numpy()]
    rows["n"] = rows["u"] * keep // 100
    for gross in ("ri_effective", "ri_upfront_use", "ri_recurring_use", "ri_unused_upfront", "ri_unused_recurring", "ri_amortized", "ri_upfront_value",
                  "sp_effective", "sp_recurring", "sp_amortized", "split_cost", "split_unused"):  # fmt: skip
        rows["net_" + gross] = rows[gross] * keep // 100
    return lines, rows


def measures(bill: Bill, basis: str = "gross") -> pd.DataFrame:
    """Billed, effective and list money per row in U, by the line-type table; columns billed, effective, type, split."""
    rows, lines = bill.rows, bill.lines
    at = rows["line"].to_numpy()
    kind, child = lines["type"].to_numpy()[at], lines["parent"].ne("").to_numpy()[at]
    p = "net_" if basis == "net" else ""
    b = rows["n" if basis == "net" else "u"].to_numpy("int64")
    is_ = lambda *types: np.isin(kind, types)
    reserved_fee = is_("Fee") & lines["ri"].ne("").to_numpy()[at]
    plan_refund = (
        is_("Refund")
        & (lines["code"].eq("ComputeSavingsPlans") & lines["description"].str.startswith(PLAN_REFUND)).to_numpy()[at]
    )
    unused = (rows["sp_total"] - rows["sp_used"]).to_numpy("int64")
    if basis == "net":
        keep = 100 - lines["discount"].to_numpy("int64")[at]
        unused = unused * keep // 100
    billed = np.where(is_("SavingsPlanCoveredUsage", "SavingsPlanNegation") | child, 0, b)
    effective = np.select(
        [child, is_("DiscountedUsage"), is_("SavingsPlanCoveredUsage"), is_("SavingsPlanNegation", "SavingsPlanUpfrontFee") | reserved_fee | plan_refund,
         is_("SavingsPlanRecurringFee"), is_("RIFee")],
        [0, rows[p + "ri_effective"], rows[p + "sp_effective"], 0, unused, rows[p + "ri_unused_upfront"] + rows[p + "ri_unused_recurring"]],
        b,
    )  # fmt: skip
    return pd.DataFrame({"billed": billed, "effective": effective.astype("int64"), "base": b, "type": kind, "child": child,
                         "upfront": np.where(is_("SavingsPlanUpfrontFee") | reserved_fee | plan_refund, b, 0),
                         "amortized": (rows[p + "ri_amortized"] + rows[p + "sp_amortized"]).to_numpy("int64")})  # fmt: skip
