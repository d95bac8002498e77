"""What is worked out of a table once and kept while the table lives. Nobody changes a table in place, so it stays true."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

_kept: dict[int, tuple[weakref.ref, dict]] = {}


def once(table: Any, name: Any, make: Callable[[Any], Any]) -> Any:
    """make(table), made the first time `name` is asked of this very table. What is made must not hold the table itself.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [1, 2]})
    >>> once(table, "sum", lambda t: int(t["a"].sum())), once(table, "sum", lambda t: 0)
    (3, 3)
    """
    at = id(table)
    if at not in _kept or _kept[at][0]() is not table:
        _kept[at] = (
            weakref.ref(table, lambda gone: _kept.pop(at, None) if _kept.get(at, (None,))[0] is gone else None),
            {},
        )
    values = _kept[at][1]
    if name not in values:
        values[name] = make(table)
    return values[name]
