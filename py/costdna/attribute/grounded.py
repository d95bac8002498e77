"""Whether an answer has a reason of its own.

Something that ties the resource to an owner, not only where it lies and what it is.

A team that has most of a Region's known owners is a good guess for a nameless disk there, and the trials say so: every
known owner has an owner. What nobody owns lies in the same Regions and accounts, is in no trial, and would be given
away by that guess. So an answer is given only where a name, a stack, a person, a pipeline, a disk's machine … leads to
a known owner, at once or through others that were answered so; or where an account's known owners are certainly mostly
that team's.
"""

from __future__ import annotations

import numpy as np

from costdna.relations.kinds import KIND_COUNT, KIND_ID

from .plan import Plan

_TIES = tuple(
    """
    stack cluster name_token name_prefix name_stem name_ngram creator other_tag attachment network iam_principal actor
    role repository deploy schedule
    """.split()
)
_PLACES = ("account", "account_tag", "cost_category", "vpc")
MOST = 0.5
CERTAIN = 1.645
"""Standard deviations (95 %, one side) by which the known owners of a place must go beyond :data:`MOST`, half a count
taken off: 5 of 5, 7 of 8.
"""


def grounded(
    plan: Plan, rows: np.ndarray, team: np.ndarray, sure: np.ndarray, named: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which answers have a reason of their own, and through what the others' came.

    (bool[n]: has a reason of its own, i64[n]: where that came through others that were answered, the group it came
    through, else -1).

    rows: i64[n] open nodes; team: i64[n] column proposed for each; sure: bool[n] sure enough to be answered, all others
    stay without;
    named: bool[n] carries its team's whole name, which is a reason by itself.
    """
    members, known = plan.members, plan.truth >= 0
    at = np.full(members.nodes, -1, dtype=np.int64)
    at[rows[sure]] = np.flatnonzero(sure)
    use = (at[members.node] >= 0) & (_of(_TIES) | _of(_PLACES))[members.kind[members.group]]
    row, group = at[members.node[use]], members.group[use]
    width = max(len(plan.teams), 1)
    keys, pair = np.unique(group * width + team[row], return_inverse=True)
    pair, of = pair.reshape(-1), keys // width
    theirs = members.group[known[members.node]] * width + plan.truth[members.node[known[members.node]]]
    total = np.bincount(theirs // width, minlength=members.groups).astype(np.float64)
    place = np.searchsorted(keys, theirs)
    met = (
        (place < len(keys)) & (keys[np.minimum(place, max(len(keys) - 1, 0))] == theirs)
        if len(keys)
        else np.zeros(len(theirs), dtype=bool)
    )
    hits = np.bincount(place[met], minlength=len(keys)).astype(np.float64)
    tie, count = _of(_TIES)[members.kind[of]], total[of]
    lies = ~tie & (hits - 0.5 - MOST * count >= CERTAIN * np.sqrt(MOST * (1.0 - MOST) * count))
    ok, through, first = sure & named, np.full(len(rows), -1, dtype=np.int64), True
    fresh = ok
    while True:
        speaks = lies | tie & (hits > MOST * count)
        won = np.zeros(len(rows), dtype=bool)
        won[row[speaks[pair]]] = True
        won &= ~ok
        if not first:  # the smallest group that spoke is the most telling
            where = np.flatnonzero(speaks[pair] & won[row])
            where = where[np.argsort(-members.size[group[where]], kind="stable")]
            through[row[where]] = group[where]
        fresh = won | fresh if first else won
        if not fresh.any():
            return ok, through
        ok, first = ok | fresh, False
        mine = fresh[row]
        hits = hits + np.bincount(pair[mine], minlength=len(keys))
        total = total + np.bincount(group[mine], minlength=members.groups)
        count = total[of]


def _of(names: tuple[str, ...]) -> np.ndarray:
    mask = np.zeros(KIND_COUNT, dtype=bool)
    mask[[KIND_ID[name] for name in names]] = True
    return mask
