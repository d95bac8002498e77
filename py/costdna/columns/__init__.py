"""The mapping tables, as data: column spellings, collapse key, tag sources, usage classes; line types; conventions."""

import json
from functools import cache
from importlib import resources


@cache
def load(name: str) -> dict:
    """A JSON table of this folder: `mapping` or `line_types`."""
    return json.loads(resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """A column name as the mapping table compares it.

    >>> normal("lineItem/UnblendedCost") == normal("line_item_unblended_cost")
    True
    """
    return "".join(c for c in name.lower() if c.isalnum())
