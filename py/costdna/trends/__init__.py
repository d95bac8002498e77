"""What a bill costs day by day, exactly: the facts table, its dimensions, its periods, and trends over them."""

from costdna.trends.completeness import Coverage, coverage
from costdna.trends.dimensions import DIMENSIONS, labels
from costdna.trends.facts import Facts, facts
from costdna.trends.periods import Period, grid, last_two, parse
from costdna.trends.trend import matrix, trend

__all__ = [
    "Coverage",
    "DIMENSIONS",
    "Facts",
    "Period",
    "coverage",
    "facts",
    "grid",
    "labels",
    "last_two",
    "matrix",
    "parse",
    "trend",
]
