"""What a scan adds, step by step, on a company whose truth is known.

The bill, its CloudTrail, what the accounts answer, a model of its own, twenty answers.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from costdna import attribute, pipeline, schema
from costdna.workspace import Workspace

from .demo import FIRST_SEED, Truth, events_of, held

STAGES = ("bill", "with CloudTrail", "and the accounts asked", "fine-tuned", "after 20 answers")
ANSWERS = 20


def run(
    *,
    session,
    companies: int = 1,
    first: int = FIRST_SEED,
    scale: float = 1.0,
    steps: int = 60,
    own_model: bool = True,
    say=lambda text: None,
) -> dict:
    """``rows``: per stage the mean and sd over companies (seeds from ``first`` on).

    Of accuracy (likeliest team right, of owned resources nobody tagged), share of their money assigned, precision of
    what is assigned (of all that is, whoever's it truly is), share of ownerless resources that got an owner.
    ``companies``: the same lines for each. ``verdicts``: of each fine-tuning; without ``own_model`` there is none, and
    the stage is left out. Resources asked about count in no later stage.
    """
    lines, verdicts = [], []
    for seed in range(first, first + companies):
        with tempfile.TemporaryDirectory(prefix="costdna-scan-") as folder:
            found, verdict = company(Path(folder), seed, scale, session, steps if own_model else 0, say)
        lines += [{"company": seed, **line} for line in found]
        verdicts += [verdict] if verdict else []
    frame = pd.DataFrame(lines)
    rows = []
    for stage in [name for name in STAGES if (frame["stage"] == name).any()]:
        part = frame[frame["stage"] == stage]
        row: dict = {"stage": stage, "companies": len(part)}
        for name in ("resources", "accuracy", "money_assigned", "precision", "precision_money", "ownerless_assigned"):
            row |= {name: round(float(part[name].mean()), 4), f"{name}_sd": round(float(part[name].std(ddof=0)), 4)}
        rows.append(row)
    return {"rows": rows, "companies": lines, "verdicts": verdicts}


def company(folder: Path, seed: int, scale: float, session, steps: int, say) -> tuple[list[dict], dict]:
    """The stages on one company, and the verdict on its own model: none, and an empty one, with 0 steps."""
    from costdna_companion import native
    from costdna_companion.collect import registry
    from costdna_companion.demo.write import write_demo
    from costdna_companion.native import shipped
    from costdna_companion.native.session import open_model

    write_demo(folder, seed=seed, scale=scale, formats=["v1"], trail=True, collected=True)
    truth, events = Truth.read(folder), events_of(folder)
    readings, _ = native.read([folder / "cur-v1"])
    lines = []

    def stage(name: str, wishes: pipeline.Wishes, with_model) -> Workspace:
        space = Workspace(readings, wishes, with_model)
        asyncio.run(space.run())
        lines.append({"stage": name, **figures(held(space, truth))})
        say(
            f"company {seed}, {name}: accuracy {lines[-1]['accuracy']:.3f}, money assigned {lines[-1]['money_assigned']:.3f}, precision {lines[-1]['precision']:.3f}"
        )
        return space

    inventory, memberships = registry.tables(folder / "scan" / "collected")
    seen = {"events": events, "inventory": inventory, "memberships": memberships}
    stage(STAGES[0], pipeline.Wishes(), session)
    stage(STAGES[1], pipeline.Wishes(events=events), session)
    space = stage(STAGES[2], pipeline.Wishes(**seen), session)
    verdict, mine = {}, session
    if steps:
        from costdna_companion.train import finetune, own

        grounds = space.result.grounds
        plan = attribute.prepare(
            grounds.ownables,
            grounds.relations,
            grounds.charges,
            grounds.bill.rhythm,
            pipeline.settled(grounds.known),
            grounds.events,
        )
        place = shipped.model().parent
        verdict = own.make(
            plan, place, folder / "own", finetune.Lesson(steps=steps), own.graphsage(grounds, plan, 1), say
        )
        mine = open_model(folder / "own" / "attributor.onnx") if verdict["kept"] else session
        space = stage(STAGES[3], pipeline.Wishes(**seen), mine)
    stage(STAGES[4], pipeline.Wishes(**seen, answers=answers(space, truth)), mine)
    return lines, verdict


def answers(space: Workspace, truth: Truth, count: int = ANSWERS) -> pd.DataFrame:
    """ANSWERS a person who knows the company gives to the page's own first questions."""
    from costdna.questions import ask

    inferred = space.result.inferred
    asked = ask(
        space.result.ownables,
        space.result.relations,
        space.result.ownership,
        limit=count,
        beliefs=inferred.beliefs if inferred is not None else None,
    )
    things = space.result.ownables.set_index("x_OwnableId")
    rows = []
    for node in asked["x_OwnableId"].tolist():
        key = (things.at[node, "SubAccountId"], things.at[node, "ResourceId"])
        team = sorted(truth.owners.get(key, {""}))[-1]
        rows.append(
            {
                "x_OwnableId": node,
                "x_Team": team,
                "x_Verdict": truth.verdict.get(key, "ownerless"),
                "x_At": pd.Timestamp("2026-11-01"),
            }
        )
    return schema.ANSWERS.check(
        pd.DataFrame(rows, columns=schema.ANSWERS.names()).astype({"x_OwnableId": "int64", "x_At": "datetime64[ns]"})
    )


def figures(frame: pd.DataFrame) -> dict:
    """The line of one stage from ``demo.held``."""
    owned = frame["verdict"].eq("owned").to_numpy()
    given = frame["answered"].to_numpy(dtype=bool)
    right = frame["right"].to_numpy(dtype=bool)
    cost, nobody = frame["cost"].to_numpy(), frame["verdict"].eq("ownerless").to_numpy()
    share = lambda top, base: float(top / base) if base > 0 else float("nan")
    return {
        "resources": len(frame), "accuracy": share(frame["guessed"].to_numpy(dtype=bool)[owned].sum(), owned.sum()), "money_assigned": share(cost[owned & given].sum(), cost[owned].sum()),
        "precision": share(right[given].sum(), given.sum()), "precision_money": share(cost[given & right].sum(), cost[given].sum()),
        "ownerless_assigned": share((nobody & given).sum(), np.sum(nobody)),
    }  # fmt: skip
