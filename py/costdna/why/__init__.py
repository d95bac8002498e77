"""Why the bill moved: the difference of two periods, split into its effects, exactly."""

from costdna.why.compare import compare
from costdna.why.effects import EFFECTS, effects
from costdna.why.words import sentence

__all__ = ["EFFECTS", "compare", "effects", "sentence"]
