"""`events.parquet` → the rows that the core matches to a bill."""

from pathlib import Path

import duckdb
import pandas as pd

from costdna.events import WROTE

# the same texts again and again: each is made once and shared
_FEW = ("x_ActorId", "x_ActorKind", "x_EventName", "SubAccountId")


def rows(path: Path) -> pd.DataFrame:
    """The events that succeeded and name a resource, in the order of time (the table's own), with the columns
    `costdna.events.WROTE`.
    """
    with duckdb.connect() as engine:
        found = engine.from_parquet(str(path)).filter("x_Resources <> '' AND NOT x_Failed")
        for name in _FEW:
            engine.execute(f"CREATE TYPE of_{name} AS ENUM (SELECT DISTINCT {name} FROM found ORDER BY ALL)")
        frame = found.select(
            ", ".join(
                f"CAST({name} AS of_{name}) AS {name}" if name in _FEW else name for name in WROTE if name != "x_Origin"
            )
        ).df()
    frame = frame.astype(dict.fromkeys(_FEW, object)).astype({"x_At": "datetime64[ns]"})
    frame["x_Origin"] = "cloudtrail"
    return frame[list(WROTE)]
