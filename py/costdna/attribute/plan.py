"""Before the model: number the resources, groups and teams canonically, and list the forward passes wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna.baselines import Memberships, membership_list
from costdna.features import design, without_numerics

from .folds import Fold, make_folds

HELD_OUT_BASES = ("tag", "human")
"""Only these owners are ever hidden for gate, choice and calibration; a rule or map would only be rediscovered."""
MOST_TEAMS = 300


@dataclass
class Plan:
    """Everything ``finish`` needs, and ``feeds``: the model's inputs, one dict per forward pass.

    ``nodes`` i64[N] the x_OwnableId of each resource in node order; ``support`` f64[N,C]; ``teams`` the C names,
    sorted; ``held`` bool[N] known by tag or human; ``settled`` bool[N] known to have no team (vendor, shared,
    ownerless): never asked about; ``money`` f64[N] billed cost, for weighing mistakes only; ``passes`` what each feed
    is: (fold number or -1 for the whole account, with numerics?).
    """

    nodes: np.ndarray
    teams: list[str]
    support: np.ndarray
    truth: np.ndarray
    held: np.ndarray
    settled: np.ndarray
    money: np.ndarray
    members: Memberships
    group_names: list[str]
    x: np.ndarray
    folds: list[Fold] = field(default_factory=list)
    feeds: list[dict[str, np.ndarray]] = field(default_factory=list)
    passes: list[tuple[int, bool]] = field(default_factory=list)
    dropped_teams: int = 0


def prepare(
    ownables: pd.DataFrame,
    relations: pd.DataFrame,
    charges: pd.DataFrame,
    rhythm: pd.DataFrame,
    known: pd.DataFrame,
    events: pd.DataFrame | None = None,
) -> Plan:
    """Turn the tables into the model's doors.

    Pure; the same tables in any row order of relations and known give the same plan.

    ``known`` has one row per known ownable: x_OwnableId, x_Team ("" where the verdict is vendor, shared or ownerless),
    x_Basis (human, tag, rule, map, principal, account).
    Synthetic ownables are left out altogether. With fewer than two labelled teams there is nothing to run: no feeds.
    """
    real = ownables.loc[~ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    nodes = real["x_OwnableId"].to_numpy(dtype=np.int64)
    position = pd.Series(np.arange(len(nodes), dtype=np.int64), index=nodes)
    members, group_names = membership_list(relations, nodes)
    teams, support, truth, held, settled, dropped = labelled(known, nodes, position)
    money = np.abs(np.array([float(value) for value in real["BilledCost"]], dtype=np.float64))
    x = design(real, charges, rhythm, events)
    plan = Plan(nodes, teams, support, truth, held, settled, money, members, group_names, x, dropped_teams=dropped)
    if len(teams) < 2:
        return plan
    return asked(plan)


def asked(plan: Plan) -> Plan:
    """The plan with its trials and forward passes listed.

    The whole account first, then every fold, each with the numbers and without. Changes ``plan`` and returns it.
    """
    plan.folds, plan.feeds, plan.passes = make_folds(plan.members, plan.truth, plan.held), [], []
    for number in range(-1, len(plan.folds)):
        seen = plan.support if number < 0 else plan.folds[number].support(plan.support)
        present = seen[:, seen.sum(0) > 0]
        for numerics in (True, False):
            plan.feeds.append(feed(plan, present, numerics))
            plan.passes.append((number, numerics))
    return plan


def feed(plan: Plan, support: np.ndarray, numerics: bool) -> dict[str, np.ndarray]:
    """One forward pass: the whole account, given ``support`` f64[N,C], with the numbers or without."""
    return {
        "x": plan.x if numerics else without_numerics(plan.x),
        "member_node": plan.members.node,
        "member_group": plan.members.group,
        "group_kind": plan.members.kind,
        "y_support": np.ascontiguousarray(support, dtype=np.float32),
    }


def labelled(
    known: pd.DataFrame, nodes: np.ndarray, position: pd.Series
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """(teams, support, truth, held, settled, dropped teams) of a Plan from the owners that are known. ``position``:
    x_OwnableId → node.
    """
    teams, support, held, dropped = _known(known, position)
    truth = np.where(support.sum(1) > 0, support.argmax(1) if support.shape[1] else 0, -1).astype(np.int64)
    settled = np.isin(
        nodes, known["x_OwnableId"].to_numpy(dtype=np.int64)[known["x_Team"].astype(str).to_numpy() == ""]
    ) & (truth < 0)
    return teams, support, truth, held, settled, dropped


def _known(known: pd.DataFrame, position: pd.Series) -> tuple[list[str], np.ndarray, np.ndarray, int]:
    """Labelled teams, their one-hot rows, and who may be hidden.

    Teams are sorted; at most :data:`MOST_TEAMS`, the most labelled.
    """
    at = position.reindex(known["x_OwnableId"].to_numpy(dtype=np.int64)).to_numpy(dtype=np.float64)
    keep = np.isfinite(at) & (known["x_Team"].astype(str).to_numpy() != "")
    node, team = at[keep].astype(np.int64), known["x_Team"].astype(str).to_numpy()[keep]
    basis = known["x_Basis"].astype(str).to_numpy()[keep]
    names, count = (
        np.unique(team, return_counts=True) if len(team) else (np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64))
    )
    chosen = np.sort(names[np.lexsort((names, -count))[:MOST_TEAMS]]) if len(names) else names
    column = {str(name): index for index, name in enumerate(chosen)}
    support = np.zeros((len(position), len(chosen)))
    held = np.zeros(len(position), dtype=bool)
    for row, name, source in zip(node, team, basis, strict=True):
        if name in column:
            support[row] = 0.0
            support[row, column[name]] = 1.0
            held[row] = source in HELD_OUT_BASES
    return [str(name) for name in chosen], support, held, len(names) - len(chosen)
