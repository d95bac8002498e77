"""The demo company's bill, read and attributed as a user's would be, against the truth it was written from."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from costdna import money, pipeline
from costdna.teams.values import slug
from costdna.workspace import Workspace

FIRST_SEED = 7


EVIDENCE = ("bill", "bill and CloudTrail")


def run(*, session, companies: int = 1, scale: float = 1.0, say=lambda text: None) -> dict:
    """``rows``: what became of the resources without a known owner.

    By evidence and by what is true of them (owned, shared, vendor, ownerless).
    """
    rows, gates = [], []
    for evidence in EVIDENCE:
        parts = []
        for seed in range(FIRST_SEED, FIRST_SEED + companies):
            with tempfile.TemporaryDirectory(prefix="costdna-demo-") as folder:
                parts.append(company(Path(folder), seed, scale, session, trail=evidence != "bill"))
            say(f"company {seed}, {evidence}: {len(parts[-1][0]):,} resources without a known owner")
        frame = pd.concat([part for part, _ in parts], ignore_index=True)
        rows += [
            _line(evidence, verdict, frame[frame["verdict"] == verdict])
            for verdict in ("owned", "shared", "vendor", "ownerless")
            if (frame["verdict"] == verdict).any()
        ]
        rows.append(_line(evidence, "all", frame))
        gates += [gate for _, gate in parts]
    notes = [
        f"{companies} demo compan{'y' if companies == 1 else 'ies'}; {int(gate['tags'])} known owners; {gate['reason']}"
        for gate in gates
    ]
    return {"rows": rows, "notes": notes, "gates": gates}


def company(folder: Path, seed: int, scale: float, session, trail: bool = False) -> tuple[pd.DataFrame, dict]:
    """(resources without a known owner: see ``held``), the gate. trail: with what people did, from CloudTrail."""
    from costdna_companion import native
    from costdna_companion.demo.write import write_demo

    write_demo(folder, seed=seed, scale=scale, formats=["v1"], trail=trail)
    readings, _ = native.read([folder / "cur-v1"])
    space = Workspace(readings, pipeline.Wishes(events=events_of(folder) if trail else None), session)
    asyncio.run(space.run())
    return held(space, Truth.read(folder)), dict(space.report.gate)


@dataclass(frozen=True)
class Truth:
    """What a demo company was written from, by (account, resource id).

    Every team it had in the month, what it is, and slug → team.
    """

    owners: dict[tuple[str, str], set[str]]
    verdict: dict[tuple[str, str], str]
    names: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> Truth:
        facts = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        owners: dict[tuple[str, str], set[str]] = {}
        verdict: dict[tuple[str, str], str] = {}
        for row in facts["resources"]:
            key = (row["SubAccountId"], row["ResourceId"])
            owners.setdefault(key, set()).add(row["team"])
            verdict[key] = row["verdict"] or "owned"
        return cls(
            owners,
            verdict,
            {slug(text): team for team, about in facts["teams"].items() for text in (team, *about["spellings"])},
        )

    def right(self, key: tuple[str, str], team: str) -> bool:
        """Whether the team, however spelt, owned the resource at any time of the month."""
        return self.names.get(slug(team), team) in self.owners[key] - {""}


def held(space: Workspace, truth: Truth) -> pd.DataFrame:
    """Resources without a known owner against the truth.

    verdict (true), answered, right, probability, guessed (the likeliest team is right, answered or not), cost.
    """
    frame = space.report.resources
    frame = frame[frame["x_Basis"].isin(["inferred", ""]) & (frame["ResourceId"] != "")]
    inferred = space.result.inferred
    beliefs = inferred.beliefs if inferred is not None else None
    likeliest = (
        dict(zip(beliefs["x_OwnableId"].tolist(), beliefs["x_Team"], strict=True)) if beliefs is not None else {}
    )
    rows = []
    for row in frame.to_dict("records"):
        key = (row["SubAccountId"], row["ResourceId"])
        if key not in truth.verdict:
            continue
        answered = row["x_Verdict"] == "owned"
        rows.append({
            "verdict": truth.verdict[key], "answered": answered, "right": answered and truth.right(key, row["x_Team"]), "probability": row["x_Probability"],
            "guessed": truth.right(key, likeliest.get(row["x_OwnableId"], "")), "cost": abs(float(money.to_text(int(row["BilledCost"]), space.report.scale))),
        })  # fmt: skip
    return pd.DataFrame(rows)


def events_of(folder: Path) -> pd.DataFrame:
    """The company's CloudTrail, loaded as a scan loads it."""
    from costdna_companion.collect.trail import wrote
    from costdna_companion.collect.trail.load import load

    return wrote.rows(load(folder / "trail", folder / "events", processes=1).path)


def _line(evidence: str, name: str, part: pd.DataFrame) -> dict:
    given, cost = part["answered"].to_numpy(dtype=bool), part["cost"].to_numpy()
    right = part["right"].to_numpy(dtype=bool)
    paid = cost[given].sum()
    return {
        "evidence": evidence, "truly": name, "resources": len(part), "answered": int(given.sum()), "right": int(right.sum()), "precision": float(right[given].mean()) if given.any() else None,
        "money": round(float(cost.sum()), 2), "money_answered": round(float(paid), 2), "wrong_money": float((cost * ~right)[given].sum() / paid) if paid > 0 else None,
        "mean_probability": float(np.mean(part["probability"].to_numpy(dtype=float)[given])) if given.any() else None,
    }  # fmt: skip
