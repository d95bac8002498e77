"""The story of a dropped bill, a step a line.

Steps are pure and do not know each other; the model's run is the one await.
"""

import asyncio
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from costdna import attribute, money, schema
from costdna.allocate import WHOLE, allocate
from costdna.errors import UsageError
from costdna.events import codes, events
from costdna.inventory import found, memberships, tagged
from costdna.ownables import ownables
from costdna.read import Bill, assemble
from costdna.relations import relations
from costdna.report import Report, report
from costdna.teams import Known, answered, known
from costdna.teams.values import lookalikes


@dataclass
class Wishes:
    """What the user asked for. Everything has a default that a newcomer would expect."""

    metric: str = "billed"
    currency: str = ""
    tag_keys: list[str] = field(default_factory=list)
    rules: pd.DataFrame | None = None
    team_map: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    answers: pd.DataFrame | None = None
    budget: float = 0.02
    events: pd.DataFrame | None = None  # what people did, one row an event (see events.WROTE); companion only
    inventory: pd.DataFrame | None = None  # INVENTORY, what there is beside the bill; companion only
    memberships: pd.DataFrame | None = None  # MEMBERSHIPS, what belongs together by the provider's word; companion only


@dataclass
class Grounds:
    """What stands before anything is inferred: the bill, what can be owned, who is known, what belongs together."""

    bill: Bill
    charges: pd.DataFrame
    ownables: pd.DataFrame
    known: Known
    relations: pd.DataFrame
    events: pd.DataFrame
    proved: Known  # as `known`, before any answer


@dataclass(repr=False)
class Result(Grounds):
    """The tables of a run, for saving and for the next screen.

    inferred: what the next answer starts from; None before a run with inference.
    """

    ownership: pd.DataFrame
    allocations: pd.DataFrame
    report: Report
    inferred: "attribute.Inferred | None" = None

    @property
    def grounds(self) -> Grounds:
        """What stood before anything was inferred."""
        return Grounds(*(getattr(self, f.name) for f in fields(Grounds)))

    def under(self, metric: str) -> Report:
        """The report under the other metric: the same owners, counted in other money."""
        was = self.report
        return report(
            self.bill,
            self.charges,
            self.ownables,
            self.known,
            self.ownership,
            self.allocations,
            metric=metric,
            gate=was.gate,
            candidates=was.candidates,
            evidence=was.evidence,
            findings=was.findings[len(self.bill.findings) :],
        )


async def run(readings: list[dict], wishes: Wishes, session=None, tell=lambda step: None) -> Result:
    """Readings → Result. `tell` hears the name of each step as it begins."""
    grounds = ground(readings, wishes, tell)
    return conclude(grounds, wishes, await infer(grounds, wishes, session, tell), tell)


def ground(readings: list[dict], wishes: Wishes, tell=lambda step: None, bill: Bill | None = None) -> Grounds:
    """Read, name what can be owned, find who is known and what belongs together.

    A bill assembled before may be given again.
    """
    tell("read")
    bill = bill or assemble(readings)
    charges = one_currency(bill, wishes.currency)
    tell("owners")
    things = ownables(charges)
    if wishes.inventory is not None:
        charges = tagged(charges, wishes.inventory, found(wishes.inventory, things, charges))
        things = ownables(charges)
    proved = known(
        charges, things, chosen=wishes.tag_keys, rules=wishes.rules, team_map=wishes.team_map, aliases=wishes.aliases
    )
    tell("relations")
    owner_keys = {
        (s, k) for s, k, r in zip(proved.keys["x_Source"], proved.keys["x_Key"], proved.keys["x_Rank"]) if r >= 0
    }
    did = events(wishes.events, things, codes(charges)) if wishes.events is not None else schema.EVENTS.empty()
    joined = memberships(wishes.memberships, things, charges) if wishes.memberships is not None else ()
    said = answered(proved, charges, things, wishes.answers, wishes.aliases)
    return Grounds(bill, charges, things, said, relations(things, charges, owner_keys, did, joined), did, proved)


async def infer(grounds: Grounds, wishes: Wishes, session=None, tell=lambda step: None) -> "attribute.Inferred":
    """Owners of what is not known.

    `session.run(feeds)` is awaited for each forward pass; None leaves it to the simple methods.
    """
    tell("attribute")
    plan = attribute.prepare(
        grounds.ownables,
        grounds.relations,
        grounds.charges,
        grounds.bill.rhythm,
        settled(grounds.known),
        grounds.events,
    )
    outputs = [await session.run(feeds) for feeds in plan.feeds] if session else None
    trials = []
    for trial in attribute.tried(plan, outputs):
        trials.append(trial)
        await asyncio.sleep(0)  # in a page others are heard between two trials
    return attribute.finish(
        plan, outputs, budget=wishes.budget, model_id=getattr(session, "model_id", ""), trials=trials
    )


async def again(result: Result, wishes: Wishes, session=None, tell=lambda step: None) -> Result:
    """The result with the answers of now: one pass of the candidate already chosen.

    All else is frozen, which `gate["stale"]` says.
    """
    said = answered(result.proved, result.charges, result.ownables, wishes.answers, wishes.aliases)
    grounds = replace(result.grounds, known=said)
    frozen = result.inferred.frozen if result.inferred else None
    if frozen is None:  # the gate is shut: what is open stays open
        was = result.inferred
        open_ = was and replace(
            was,
            ownership=was.ownership[~was.ownership["x_OwnableId"].isin(said.ownership["x_OwnableId"])],
            gate={**was.gate, "stale": True},
        )
        return conclude(grounds, wishes, open_, tell)
    tell("attribute")
    plan = attribute.renew(frozen.plan, settled(said))
    if len(plan.teams) < 2:
        return conclude(grounds, wishes, await infer(grounds, wishes, session, tell), tell)
    outputs = [await session.run(feeds) for feeds in plan.feeds] if session else None
    return conclude(grounds, wishes, attribute.follow(plan, outputs, frozen), tell)


async def examine(result: Result, ownable_id: int, session=None) -> dict:
    """What carries the answer about one open resource.

    `occlusion`: each group taken away; `flip`: the nearest resource whose other owner would change it, the team
    supposed, and the answer and probability then; None where none of the nearest would. Empty where nothing was
    inferred about it.
    """
    frozen = result.inferred.frozen if result.inferred else None
    beliefs = result.inferred.beliefs if result.inferred else None
    mine = beliefs[beliefs["x_OwnableId"] == ownable_id] if beliefs is not None else ()
    if frozen is None or not len(mine):
        return {}
    belief, plan = mine.iloc[0], frozen.plan
    node = int(np.flatnonzero(plan.nodes == ownable_id)[0])
    team = plan.teams.index(belief["x_Team"])
    other = plan.teams.index(belief["x_OtherTeam"])

    async def heard(some: "attribute.Plan") -> list | None:
        return [await session.run(feeds) for feeds in some.feeds] if session else None

    probe = attribute.without_each(plan, node, team)
    marks = attribute.occluded(probe, await heard(probe.plan), frozen, team)
    given = (result.ownership.loc[result.ownership["x_OwnableId"] == ownable_id, "x_Verdict"] == "owned").any()
    flip, limit = None, frozen.limit.confidence
    # and yet not given: for want of a reason of its own, which no single fact is known to bring
    sure = belief["x_Probability"] >= limit
    for near in attribute.neighbours(plan, node).tolist() if given or not sure else ():
        supposed = attribute.supposing(plan, near, other if given else team)
        row = np.array([node], dtype="int64")
        joint, _ = attribute.believed(supposed, await heard(supposed), frozen, row)
        best, p = int(joint[0].argmax()), float(joint[0].max())
        changed = (best != team or p < limit) if given else p >= limit
        if changed:
            flip = {
                "x_OwnableId": int(plan.nodes[near]),
                "supposed_team": plan.teams[other if given else team],
                "team": plan.teams[best] if p >= limit else "",
                "probability": p,
            }
            break
    return {"occlusion": marks, "flip": flip}


def reproved(result: Result, wishes: Wishes) -> Result:
    """The result with its owners proved again under other rules, aliases or map; all else as it was until `again`."""
    return replace(
        result,
        proved=known(
            result.charges,
            result.ownables,
            chosen=wishes.tag_keys,
            rules=wishes.rules,
            team_map=wishes.team_map,
            aliases=wishes.aliases,
        ),
    )


def preview(result: Result, wishes: Wishes) -> Report:
    """The report under other rules, aliases or map, before anything is inferred anew.

    What is inferred now stays where it is not proved otherwise.
    """
    proved = reproved(result, wishes).proved
    said = answered(proved, result.charges, result.ownables, wishes.answers, wishes.aliases)
    was = result.inferred
    kept = was and replace(
        was, ownership=was.ownership[~was.ownership["x_OwnableId"].isin(said.ownership["x_OwnableId"])]
    )
    return conclude(replace(result.grounds, known=said, proved=proved), wishes, kept).report


def settled(proved: Known) -> pd.DataFrame:
    """x_OwnableId, x_Team, x_Basis of all that is known.

    Vendor, shared and ownerless are known too, without a team: nothing is inferred over them.
    """
    labels, owned = proved.labels, proved.ownership
    teamless = (
        owned.loc[~owned["x_OwnableId"].isin(labels["x_OwnableId"]), ["x_OwnableId", "x_Basis"]]
        .drop_duplicates("x_OwnableId")
        .assign(x_Team="")
    )
    return pd.concat([labels, teamless[labels.columns]]) if len(teamless) else labels


def conclude(
    grounds: Grounds, wishes: Wishes, inferred: "attribute.Inferred | None" = None, tell=lambda step: None
) -> Result:
    """Allocate every charge and close the ledger; without `inferred`, on what is proved alone."""
    tell("allocate")
    # What is inferred holds for the whole bill: no evidence in it is dated.
    always = (
        inferred.ownership.assign(x_ValidFrom=pd.NaT, x_ValidTo=pd.NaT, x_Share=WHOLE)[schema.OWNERSHIP.names()]
        if inferred
        else ()
    )
    parts = [
        f.astype({"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"})
        for f in (grounds.known.ownership, always)
        if len(f)
    ]
    ownership = schema.OWNERSHIP.check(pd.concat(parts or [schema.OWNERSHIP.empty()], ignore_index=True))
    allocations = allocate(grounds.charges, ownership, grounds.known.claims)
    tell("report")
    gate, candidates, evidence = (inferred.gate, inferred.candidates, inferred.evidence) if inferred else ({}, [], None)
    findings = [*unknown_kinds(grounds.charges, grounds.bill.scale), *look_alikes(grounds.known, allocations)]
    result = report(
        grounds.bill,
        grounds.charges,
        grounds.ownables,
        grounds.known,
        ownership,
        allocations,
        metric=wishes.metric,
        gate=gate,
        candidates=candidates,
        evidence=evidence,
        findings=findings,
    )
    return Result(**vars(grounds), ownership=ownership, allocations=allocations, report=result, inferred=inferred)


def unknown_kinds(charges: pd.DataFrame, scale: int) -> list[dict]:
    """Line types nobody has declared: kept at billed cost, and named with their money."""
    alien = charges[charges["x_ChargeKind"].isin(["Unknown", "UnknownUsage"])]
    return [
        {
            "code": "unknown-line-type",
            "text": f"Line type {kind!r} is unknown; it is kept at its billed cost.",
            "amount": money.to_text(money.total(rows["BilledCost"].to_numpy()), scale),
        }
        for kind, rows in alien.groupby("x_LineItemType", sort=True)
    ]


def look_alikes(proved: Known, allocations: pd.DataFrame) -> list[dict]:
    """Team names one slip apart: shown, never merged."""
    cost = allocations["BilledCost"].abs().astype("float64").groupby(allocations["x_Team"]).sum()
    return [
        {
            "code": "look-alike-team",
            "text": f"Team {rare!r} looks like {common!r} misspelt; an alias would join them.",
            "amount": "",
        }
        for rare, common in lookalikes({t: float(cost.get(t, 0.0)) for t in proved.teams})
    ]


def one_currency(bill: Bill, wanted: str = "") -> pd.DataFrame:
    """The charges of one currency: the wanted one, or the one with most lines. Two currencies are never added."""
    counts = bill.charges.groupby("BillingCurrency", sort=True)["x_RowCount"].sum()
    if wanted and wanted not in counts.index:
        raise UsageError(
            f"The bill has no charge in {wanted}.",
            found=", ".join(counts.index),
            where="--currency",
            next_step="Choose one of those.",
            code="currency",
        )
    currency = wanted or counts.sort_values(ascending=False, kind="stable").index[0]
    # With one currency it is the very table of the bill: copied, and sent to another interpreter, once.
    return (
        bill.charges
        if len(counts) == 1
        else bill.charges[bill.charges["BillingCurrency"] == currency].reset_index(drop=True)
    )
