"""Multinomial logistic regression on weighted group memberships, solved the same way everywhere."""

from __future__ import annotations

import numpy as np

from .memberships import Memberships
from .naive_bayes import softmax

MOST_LABELLED = 400
"""Labelled rows used at most, every k-th in canonical order: the cost is cubic in them."""
STEPS = 20


def logistic_regression(members: Memberships, support: np.ndarray, penalty: float = 0.1) -> np.ndarray:
    """P(team), f64[N,C], from memberships weighted by rarity (idf) and scaled to unit length per resource.

    Minimises Σ cross-entropy + penalty/2·‖W‖² by Böhning's fixed bound on the Hessian (1992) in the dual: one inverse
    of a [labelled × labelled] matrix, then :data:`STEPS` steps with Nesterov's momentum. No line search, no tolerance:
    nothing depends on the last bit.
    """
    rows = np.flatnonzero(support.sum(1) > 0).astype(np.int64)
    if len(rows) > MOST_LABELLED:
        rows = rows[(np.arange(MOST_LABELLED) * len(rows)) // MOST_LABELLED]
    classes = support.shape[1]
    prior = np.maximum(support[rows].sum(0), 1e-9)
    offset = np.log(prior / prior.sum())
    if len(rows) == 0 or classes < 2 or members.groups == 0:
        return np.repeat((prior / prior.sum())[None, :], members.nodes, axis=0)
    weight = np.where(members.size >= 2, np.log((1.0 + members.nodes) / (1.0 + members.size)) + 1.0, 0.0)
    length = np.sqrt(np.maximum(members.to_nodes((weight**2)[:, None]), 1e-12))[:, 0]
    position = np.full(members.nodes, -1, dtype=np.int64)
    position[rows] = np.arange(len(rows), dtype=np.int64)
    ours = (position[members.node] >= 0) & (weight[members.group] > 0)
    node, group = members.node[ours], members.group[ours]
    used, column = np.unique(group, return_inverse=True)
    design = np.zeros((len(rows), len(used)))
    design[position[node], column.reshape(-1)] = weight[group] / length[node]
    kernel = design @ design.T
    target = support[rows] / np.maximum(support[rows].sum(1, keepdims=True), 1e-12)
    inverse = np.linalg.inv(0.5 * kernel + penalty * np.eye(len(rows)))
    dual = ahead = np.zeros((len(rows), classes))
    for step in range(STEPS):
        slope = softmax(kernel @ ahead + offset) - target + penalty * ahead
        before, dual = dual, ahead - inverse @ slope
        ahead = dual + step / (step + 3.0) * (dual - before)
    weights = np.zeros((members.groups, classes))
    weights[used] = design.T @ dual
    score = members.to_nodes(weights * weight[:, None]) / length[:, None]
    return softmax(score + offset)
