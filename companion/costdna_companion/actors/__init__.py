"""Who really acted: from CloudTrail's `userIdentity` to a person, a pipeline, a role, a stack or a service."""

from costdna_companion.actors.actor import Actor
from costdna_companion.actors.chains import Chains
from costdna_companion.actors.resolve import resolve

__all__ = ["Actor", "Chains", "resolve"]
