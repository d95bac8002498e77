"""FOCUS 1.2 out: the bill with its owners in the FinOps Foundation's columns, and the rules such a file is held to."""

from costdna.focus.validate import validate
from costdna.focus.write import COLUMNS, focus_rows

__all__ = ["COLUMNS", "focus_rows", "validate"]
