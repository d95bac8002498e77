"""`events.parquet` → the rows that the core matches to a bill."""

from pathlib import Path

import duckdb
import pandas as pd

from costdna.events import WROTE


def rows(path: Path) -> pd.DataFrame:
    """The events that succeeded and name a resource, in the order of time, with the columns `costdna.events.WROTE`."""
    names = ", ".join(name for name in WROTE if name != "x_Origin")
    with duckdb.connect() as engine:
        frame = engine.execute(f"SELECT {names}, 'cloudtrail' AS x_Origin FROM read_parquet(?) WHERE x_Resources <> '' AND NOT x_Failed ORDER BY x_At, x_EventId", [str(path)]).df()
    return frame.astype({"x_At": "datetime64[ns]"})[list(WROTE)]
