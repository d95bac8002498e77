"""Who bothered to tag what: half of the money stays untagged, and not at random.

Whether a resource is tagged depends on its team's discipline, its kind, its account and luck; resources are tagged in
that order until the wanted share of the money is. Spellings of a team differ between taggers.
"""

from __future__ import annotations

import zlib

import numpy as np

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.catalog import KINDS
from costdna_companion.demo.world import Resource, World, people_of

TEAM, OWNER, COST_CENTER, ENVIRONMENT, NAME, SERVICE = (
    f"user:{k}" for k in ("Team", "owner", "CostCenter", "Environment", "Name", "Service")
)
APPLICATION = "user:awsApplication"
CREATED = "aws:createdBy"
STACK = "aws:cloudformation:stack-name"
GROUP = "aws:autoscaling:groupName"
EKS = "aws:eks:cluster-name"
KEYS = (CREATED, GROUP, STACK, EKS, COST_CENTER, ENVIRONMENT, NAME, SERVICE, TEAM, APPLICATION, OWNER)
ACCOUNT_HABIT = {
    "payments-prod": 1.2,
    "identity-prod": 0.8,
    "kofferwerk-legacy": -2.5,
    "sandbox": -2.0,
    "dev": -0.8,
    "ml-lab": -1.0,
}


def spellings(team: str) -> tuple[str, ...]:
    """The ways people write a team, most usual first."""
    proper = words.TEAMS[team][0]
    slip = {"checkout": "Chekcout", "recommendations": "Recomendations"}.get(team, proper)
    return (proper, team, proper.upper(), team.replace("-", "_"), proper.lower(), slip)


def _known(r: Resource, team: str, rng: np.random.Generator) -> dict[str, str]:
    forms = spellings(team)
    value = forms[int(rng.choice(len(forms), p=[0.70, 0.13, 0.04, 0.05, 0.06, 0.02]))]
    tags = {OWNER: f"{team}@fernweh.example" if rng.random() < 0.5 else value} if rng.random() < 0.14 else {TEAM: value}
    if rng.random() < 0.4:
        tags[COST_CENTER] = words.TEAMS[team][1]
    if rng.random() < 0.3 and r.app:
        tags[SERVICE] = r.app
    return tags


def _always(r: Resource, rng: np.random.Generator) -> dict[str, str]:
    """What AWS and habit write whether or not anybody names a team."""
    tags = {
        CREATED: r.creator,
        STACK: r.stack,
        GROUP: r.group,
        EKS: r.cluster if r.kind in ("instance", "cluster") else "",
    }
    if r.name and (r.kind in ("instance", "volume", "snapshot", "nat", "spot", "scanner") or r.note == "hostile name"):
        tags[NAME] = r.name
    if rng.random() < 0.45:
        tags[ENVIRONMENT] = ("Production" if rng.random() < 0.2 else r.env) if r.env == "prod" else r.env
    if r.app and rng.random() < 0.05:
        tags[APPLICATION] = f"arn:aws:resource-groups:{r.region}:{r.account}:group/{r.app}"
    if r.app and r.env != "prod" and rng.random() < 0.05:
        tags[SERVICE] = r.app
    return {k: v for k, v in tags.items() if v}


def write_tags(world: World, cost: dict[int, int], seed: int, share: float = 0.66) -> None:
    """Fill ``resource.tags`` of every resource. ``cost``: id(resource) → on-demand money of the month.

    Luck belongs to the resource, not to the order they come in: its tags are alike in every month.
    """
    luck = {id(r): np.random.default_rng([seed, 3, zlib.crc32(f"{r.account}{r.id}".encode())]) for r in world.resources}
    candidates = [r for r in world.resources if r.verdict == "owned"]
    score = {
        id(r): 3.0 * words.TEAMS[r.team][3]
        + KINDS[r.kind].tagging
        + ACCOUNT_HABIT.get(r.account, 0.0)
        + float(luck[id(r)].logistic(0, 0.9))
        for r in candidates
    }
    wanted, tagged = share * sum(cost.values()), set()
    for r in sorted(candidates, key=lambda r: -score[id(r)]):
        if wanted <= 0:
            break
        if cost.get(id(r), 0) <= wanted * 1.5:
            tagged.add(id(r))
            wanted -= cost.get(id(r), 0)
    late = 0
    for r in world.resources:
        rng = luck[id(r)]
        base = _always(r, rng)
        if r.app == "" and r.verdict == "owned":
            base.pop(NAME, None)
        if r.note == "handed over" and len(r.owners) == 2:
            r.tags = [(start, stop, base | {TEAM: words.TEAMS[team][0]}) for team, start, stop in r.owners]
            continue
        known = _known(r, r.team, rng) if id(r) in tagged else {}
        if (
            known
            and not r.note
            and r.kind in ("instance", "bucket", "function")
            and r.first == 0
            and r.last == world.hours
            and late < 12
            and rng.random() < 0.2
        ):
            late += 1
            r.note = "tagged from mid-month"
            r.tags = [(0, 12 * 24, base), (12 * 24, world.hours, base | known)]
        else:
            r.tags = [(0, world.hours, base | known)]


def creator_people() -> dict[str, str]:
    """Person → team, for readers of aws:createdBy."""
    return {person: team for team in words.TEAMS for person in people_of(team)}
