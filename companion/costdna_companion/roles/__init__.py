"""The rights that the companion asks for: from the calls its code makes, each with the feature it unlocks."""

from costdna_companion.roles.rights import ACTIVATE, READ, WRITE, Right, actions
from costdna_companion.roles.templates import cloudformation, policy, terraform

__all__ = ["ACTIVATE", "READ", "WRITE", "Right", "actions", "cloudformation", "policy", "terraform"]
