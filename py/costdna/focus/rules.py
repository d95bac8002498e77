"""The tables of this folder, as data."""

import json
from functools import cache
from importlib import resources


@cache
def load(name: str) -> dict:
    """`rules_1_2` (columns and rules of FOCUS 1.2) or `aws_names` (region names, service categories)."""
    return json.loads(resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
