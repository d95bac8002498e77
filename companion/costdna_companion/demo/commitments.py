"""Reserved instances and savings plans whose amortisation closes exactly.

Every commitment of H hours obeys, in integers: Σ used + Σ unused = H × (recurring + amortised upfront). Plan negation
is one row per plan, account, usage type, operation, zone and hour, and has no resource.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from costdna_companion.demo.sheet import Sheet, rate_text
from costdna_companion.demo.usage import GRAIN, Series, price
from costdna_companion.demo.world import World

_cut = lambda units: units // GRAIN * GRAIN
YEAR = 8760


def _uuid(rng: np.random.Generator) -> str:
    h = rng.bytes(16).hex()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-b{h[17:20]}-{h[20:]}"


def _candidates(series: list[Series], kind: str, rhythms: tuple[str, ...]) -> list[Series]:
    return [s for s in series if s.resource.kind == kind and s.meter.cadence == "h" and s.resource.rhythm in rhythms
            and not s.resource.cluster and len(s.start) > 100]  # fmt: skip


def _biggest_group(candidates: list[Series], count: int) -> list[Series]:
    groups: dict[tuple, list[Series]] = defaultdict(list)
    for s in candidates:
        groups[(s.usage_type, s.rate)].append(s)
    return max(groups.values(), key=len, default=[])[:count]


def _together(sheet: Sheet, candidates: list[Series]) -> list[Series]:
    """Candidates ordered so that those one negation row can cancel together come first, in the biggest groups."""
    groups: dict[tuple, list[Series]] = defaultdict(list)
    for s in candidates:
        base = sheet.base(s)
        groups[(base["account"], base["usage_type"], base["zone"])].append(s)
    return [s for group in sorted(groups.values(), key=len, reverse=True) for s in group]


def _reserve(
    sheet: Sheet, covered: list[Series], spare: int, option: str, world: World, rng, begin: int = 0, paid: bool = False
) -> None:
    """One reservation of ``len(covered) + spare`` units of one size, from hour ``begin``."""
    if not covered:
        return
    first = covered[0]
    units, hours = len(covered) + spare, world.hours - begin
    recurring = {"No Upfront": 62, "Partial Upfront": 30, "All Upfront": 0}[option] * first.rate // 100 // GRAIN * GRAIN
    upfront = {"No Upfront": 0, "Partial Upfront": 29, "All Upfront": 58}[option] * first.rate // 100 // GRAIN * GRAIN
    service = "rds" if first.resource.kind == "database" else "ec2"
    arn = f"arn:aws:{service}:{first.resource.region}:{world.payer}:{'ri:' if service == 'rds' else 'reserved-instances/'}{_uuid(rng)}"
    used = 0
    committed = {
        "type": "DiscountedUsage",
        "term": "Reserved",
        "option": option,
        "ri": arn,
        "discount": 8,
        "discount_kind": "",
    }
    for s in covered:
        pick = s.start >= begin
        early = ~pick
        if early.any():
            sheet.usage(s, s.start[early], s.stop[early], s.amount[early], u=s.cost[early], pub=s.cost[early])
        hours_used = int(pick.sum())
        used += hours_used
        sheet.usage(s, s.start[pick], s.stop[pick], s.amount[pick], committed | {"description": f"{s.resource.size} reserved instance applied", "rate": rate_text(0)},
                    pub=s.cost[pick], ri_effective=recurring + upfront, ri_recurring_use=recurring, ri_upfront_use=upfront)  # fmt: skip
    idle = units * hours - used
    fee = sheet.base(first) | {"type": "RIFee", "account": world.payer, "resource": "", "resource_name": "", "zone": "", "principal": "", "ri": arn, "option": option,
                               "usage_type": first.usage_type.replace("BoxUsage", "HeavyUsage"), "term": "", "inclusive": True, "rate": rate_text(recurring),
                               "description": f"USD {rate_text(recurring)} hourly fee per {first.resource.size}, {option}"}  # fmt: skip
    sheet.add(fee, begin, world.hours, units * hours * 10**4, u=recurring * units * hours, ri_amortized=upfront * units * hours,
              ri_unused_upfront=upfront * idle, ri_unused_recurring=recurring * idle, ri_upfront_value=upfront * units * YEAR)  # fmt: skip
    if paid:
        sheet.add(fee | {"type": "Fee", "bill_type": "Purchase", "inclusive": False, "description": f"Sign up charge for subscription: {units} x {first.resource.size}"},
                  begin, world.hours, units * 10**4, u=upfront * units * YEAR)  # fmt: skip


def _plan(sheet: Sheet, covered: list[Series], kind: str, option: str, world: World, rng, paid: bool = False) -> None:
    """A savings plan over some series. The last series is covered for 60 % of every hour, the rest runs on demand."""
    if not covered:  # a very small company has nothing to commit
        return
    arn = f"arn:aws:savingsplans::{world.payer}:savingsplan/{_uuid(rng)}"
    percent = {"No Upfront": 68, "Partial Upfront": 64, "All Upfront": 61}[option]
    used = np.zeros(world.hours, "int64")
    negation: dict[tuple, np.ndarray] = defaultdict(lambda: np.zeros(world.hours, "int64"))
    plan = {"sp": arn, "sp_type": kind, "sp_option": option, "term": "OnDemand"}
    for i, s in enumerate(covered):
        amount = s.amount * 6 // 10 if i == len(covered) - 1 else s.amount
        rest = s.amount - amount
        full, rate = price(amount, s.rate), _cut(s.rate * percent // 100)
        effective = price(amount, rate)
        line = plan | {"type": "SavingsPlanCoveredUsage", "discount": 8, "discount_kind": ""}
        sheet.usage(s, s.start, s.stop, amount, line, u=full, pub=full, sp_effective=effective)
        if rest.any():
            sheet.usage(s, s.start, s.stop, rest, u=price(rest, s.rate), pub=price(rest, s.rate))
        np.add.at(used, s.start, effective)
        base = sheet.base(s)
        np.add.at(
            negation[
                (base["account"], base["usage_type"], base["operation"], base["zone"], base["region"], base["code"])
            ],
            s.start,
            full,
        )
    for (account, usage_type, operation, zone, region, code), full in negation.items():
        hours = np.flatnonzero(full)
        sheet.add(plan | {"type": "SavingsPlanNegation", "account": account, "code": code, "usage_type": usage_type, "operation": operation, "zone": zone,
                          "region": region, "term": "", "service": "Amazon Elastic Compute Cloud" if code == "AmazonEC2" else "Amazon Elastic Container Service",
                          "description": f"SavingsPlanNegation used by AccountId : {account} and UsageSku : {usage_type}", "discount": 8},
                  hours, hours + 1, 10**4, u=-full[hours])  # fmt: skip
    commitment = _cut(int(used.max()) * 103 // 100)
    amortized = {"No Upfront": 0, "Partial Upfront": _cut(commitment // 2), "All Upfront": commitment}[option]
    recurring = commitment - amortized
    every = np.arange(world.hours, dtype="int64")
    bought = plan | {"account": world.payer, "code": "ComputeSavingsPlans", "service": "Savings Plans for AWS Compute usage", "category": "Compute",
                     "term": "", "unit": "Hrs", "operation": "", "usage_type": f"{'ComputeSP' if kind == 'ComputeSavingsPlans' else 'EC2SP:m5'}:1yr{option.replace(' ', '')}",
                     "discount": 8, "discount_kind": "EdpDiscount"}  # fmt: skip
    sheet.add(bought | {"type": "SavingsPlanRecurringFee", "description": f"1 year {option} {kind} recurring fee", "rate": rate_text(recurring)},
              every, every + 1, 10**4, u=recurring, sp_total=commitment, sp_used=used, sp_recurring=recurring, sp_amortized=amortized)  # fmt: skip
    if paid:
        sheet.add(bought | {"type": "SavingsPlanUpfrontFee", "bill_type": "Purchase", "description": f"1 year {option} {kind} upfront fee"},
                  0, 1, 10**4, u=amortized * YEAR)  # fmt: skip


def _returned_plan(sheet: Sheet, world: World, rng) -> None:
    plan_id = _uuid(rng)
    line = {"account": world.payer, "code": "ComputeSavingsPlans", "service": "Savings Plans for AWS Compute usage", "category": "Compute", "term": "",
            "usage_type": "ComputeSP:1yrAllUpfront", "sp": f"arn:aws:savingsplans::{world.payer}:savingsplan/{plan_id}", "sp_type": "ComputeSavingsPlans",
            "sp_option": "All Upfront", "unit": "Hrs"}  # fmt: skip
    fee = 876 * 10**10
    sheet.add(
        line
        | {
            "type": "SavingsPlanUpfrontFee",
            "bill_type": "Purchase",
            "description": "1 year All Upfront Compute Savings Plan",
        },
        50,
        51,
        10**4,
        u=fee,
    )
    sheet.add(
        line
        | {
            "type": "Refund",
            "bill_type": "Refund",
            "description": f"Refund for one-time fee for Savings Plan ID: {plan_id}",
        },
        170,
        171,
        10**4,
        u=-fee,
    )


def commit(sheet: Sheet, series: list[Series], world: World, rng: np.random.Generator) -> set[int]:
    """Buy everything; returns the ids of the series whose charges are already on the sheet."""
    done: set[int] = set()

    def take(chosen: list[Series]) -> list[Series]:
        done.update(id(s) for s in chosen)
        return chosen

    free = lambda kind, *rhythms: [s for s in _candidates(series, kind, rhythms) if id(s) not in done]
    _reserve(sheet, take(_biggest_group(free("instance", "always"), 6)), 1, "No Upfront", world, rng)
    _reserve(sheet, take(_biggest_group(free("instance", "always", "office"), 4)), 0, "Partial Upfront", world, rng)
    _reserve(sheet, take(_biggest_group(free("database", "always"), 3)), 0, "All Upfront", world, rng)
    _reserve(
        sheet,
        take(_biggest_group(free("instance", "always"), 3)),
        0,
        "All Upfront",
        world,
        rng,
        begin=9 * 24,
        paid=True,
    )
    tasks = free("task", "always", "office")
    vcpu = [s for s in tasks if "vCPU" in s.usage_type][:2]
    instances = _together(sheet, free("instance", "always"))
    _plan(sheet, take(instances[:10] + vcpu), "ComputeSavingsPlans", "No Upfront", world, rng)
    m5 = [
        s
        for s in free("instance", "office")
        if s.resource.size.startswith("m5.") and s.resource.region == "eu-central-1"
    ]
    _plan(sheet, take(_together(sheet, m5)[:9]), "EC2InstanceSavingsPlans", "Partial Upfront", world, rng)
    _plan(
        sheet,
        take(_together(sheet, free("instance", "always"))[:7]),
        "ComputeSavingsPlans",
        "All Upfront",
        world,
        rng,
        paid=True,
    )
    _returned_plan(sheet, world, rng)

    riex = {"type": "Fee", "account": world.payer, "code": "AmazonEC2", "service": "Amazon Elastic Compute Cloud", "category": "Compute", "bill_type": "Purchase",
            "usage_type": "EUC1-HeavyUsage:m5.large", "term": "", "ri": f"arn:aws:ec2:eu-central-1:{world.payer}:reserved-instances/reserved-instance-exchange/riex-{_uuid(rng)}",
            "description": "Convertible reserved instance exchange: true-up", "region": "eu-central-1"}  # fmt: skip
    sheet.add(riex, 320, world.hours, 10**4, u=312_4000000000)
    idle = {"type": "RIFee", "account": world.payer, "code": "AmazonElastiCache", "service": "Amazon ElastiCache", "category": "Databases", "term": "",
            "usage_type": "EUC1-HeavyUsage:cache.r5.large", "ri": f"arn:aws:elasticache:eu-central-1:{world.payer}:reserved-instance:{_uuid(rng)}",
            "option": "Partial Upfront", "inclusive": True, "description": "USD 0.0640000000 hourly fee per Redis, cache.r5.large instance",
            "discount": 8, "discount_kind": "EdpDiscount", "region": "eu-central-1", "rate": "0.0640000000"}  # fmt: skip
    per_hour, upfront = 640000000, 570000000
    sheet.add(idle, 0, world.hours, world.hours * 10**4, u=per_hour * world.hours, ri_amortized=upfront * world.hours,
              ri_unused_upfront=upfront * world.hours, ri_unused_recurring=per_hour * world.hours, ri_upfront_value=upfront * YEAR)  # fmt: skip
    return done
