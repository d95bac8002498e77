"""The registry of group kinds: which sorts of membership the model knows, in what words they are explained.

A relation is never a pair of resources; it is a membership in a group ("in stack web-prod"). Every group has one of
32 kinds. The model receives only the kind's number, so the list is **append-only**: an id never changes its meaning,
ids 29 to 31 are reserved. The model card carries :func:`kinds_hash`; a model trained on another list is refused.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

KIND_COUNT = 32
"""Width of the model's table of kinds, reserved ones included."""


class Kind(NamedTuple):
    """One kind of group: ``id`` 0..31, its registry ``name``, and the ``reason`` a person reads.

    ``reason`` has one field, ``{group}``: the group's own text (a stack's name, a token, an account number).
    """

    id: int
    name: str
    reason: str


KINDS: tuple[Kind, ...] = (
    Kind(0, "account", "billed in account {group}"),
    Kind(1, "stack", "created by stack {group}"),
    Kind(2, "cluster", "runs in cluster or scaling group {group}"),
    Kind(3, "name_token", "has “{group}” in its name"),
    Kind(4, "name_prefix", "its name begins with “{group}”"),
    Kind(5, "creator", "created by {group}"),
    Kind(6, "other_tag", "tagged {group}"),
    Kind(7, "co_start", "first seen together with others at {group}"),
    Kind(8, "attachment", "attached to {group}"),
    Kind(9, "network", "exchanges traffic within {group}"),
    Kind(10, "service", "uses service {group}"),
    Kind(11, "usage_type", "billed for usage {group}"),
    Kind(12, "region", "in region {group}"),
    Kind(13, "environment", "in environment {group}"),
    Kind(14, "operation", "billed for operation {group}"),
    Kind(15, "name_stem", "named like “{group}”"),
    Kind(16, "resource_type", "of type {group}"),
    Kind(17, "cost_category", "in cost category {group}"),
    Kind(18, "account_tag", "its account is tagged {group}"),
    Kind(19, "commitment", "covered by commitment {group}"),
    Kind(20, "iam_principal", "used by principal {group}"),
    Kind(21, "co_stop", "last seen together with others at {group}"),
    Kind(22, "actor", "changed by {group}"),
    Kind(23, "role", "runs under role {group}"),
    Kind(24, "vpc", "in network {group}"),
    Kind(25, "repository", "defined in repository {group}"),
    Kind(26, "deploy", "deployed with {group}"),
    Kind(27, "schedule", "runs on schedule {group}"),
    Kind(28, "name_ngram", "has the letters “{group}” in its name"),
    Kind(29, "reserved_29", "{group}"),
    Kind(30, "reserved_30", "{group}"),
    Kind(31, "reserved_31", "{group}"),
)

KIND_ID: dict[str, int] = {kind.name: kind.id for kind in KINDS}
"""Registry name → id."""


def kinds_hash() -> str:
    """sha256 over ``id name`` lines: what a model card pins. Wording may improve without a new model."""
    text = "\n".join(f"{kind.id} {kind.name}" for kind in KINDS)
    return hashlib.sha256(text.encode()).hexdigest()


def reason(kind: str, group: str) -> str:
    """The sentence for one membership; an unknown kind reads as itself.

    The text may hold hostile bill text: escape on output.
    """
    known = KIND_ID.get(kind)
    return KINDS[known].reason.replace("{group}", group) if known is not None else f"{kind} {group}"
