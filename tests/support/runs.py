"""The two tables of a run, written by hand: who owns what, how sure."""

import numpy as np
import pandas as pd
from costdna import schema
from costdna.drift import Side


def run(*rows, model="m1") -> Side:
    """rows: (id, cost, team, probability or None, evidence)"""
    things = (
        schema.OWNABLES.empty()
        .reindex(range(len(rows)))
        .assign(
            x_OwnableId=[r[0] for r in rows],
            ResourceId=[f"r{r[0]}" for r in rows],
            ResourceName="",
            BilledCost=[r[1] for r in rows],
        )
    )
    owners = pd.DataFrame(
        {
            "x_OwnableId": [r[0] for r in rows],
            "x_Team": [r[2] for r in rows],
            "x_Share": 1_000_000,
            "x_Probability": [np.nan if r[3] is None else r[3] for r in rows],
            "x_ValidFrom": pd.NaT,
            "x_ValidTo": pd.NaT,
            "x_Basis": ["tag" if r[3] is None else "inferred" for r in rows],
            "x_Verdict": ["owned" if r[2] else "abstained" for r in rows],
            "x_Reason": "",
            "x_ModelId": model,
            "x_EvidenceHash": [r[4] for r in rows],
        }
    )
    return Side(things, owners)
