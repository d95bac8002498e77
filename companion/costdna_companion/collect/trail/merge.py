"""Parts → one table in the order of time: duplicates by event id gone, chained roles led back to their first caller."""

import functools
import json
import os
from pathlib import Path

import duckdb
import numpy as np

from costdna_companion.actors.resolve import OPEN
from costdna_companion.collect.trail.rows import Rows

_DECIDED = ("human", "pipeline", "stack")
_ORDER = "x_At, x_EventId, x_ActorId, x_EventName, x_Resources, x_ActorKind, x_EventSource, SubAccountId, RegionId, x_ReadOnly, x_Failed"
"""Every column, so that no two rows that differ are left to chance."""

_HOPS = 8
"""Roles in a chain that are followed back; AWS itself limits chained sessions to an hour, not to a number."""


def save(rows: Rows, path: Path) -> None:
    """Rows as Parquet, in the order read: `x_At` a UTC time, texts as they are. Raises ValueError where a time is none."""
    with _silent(_writer().cursor()) as engine:
        engine.register("part", rows.columns())
        try:
            engine.execute(
                f"COPY (SELECT * REPLACE (CAST(x_At AS TIMESTAMP) AS x_At) FROM part) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION snappy)"
            )
        except duckdb.ConversionException as error:
            raise ValueError(str(error)) from error


def merge(parts: list[Path], target: Path, threads: int = 1) -> tuple[int, int]:
    """All parts into `target`, sorted by time and event id. Returns the events kept and the duplicates left out.

    An event without an id is kept as it is; of several with one id the first in the order of the result is kept.
    """
    resolved = chains([p.with_name(p.stem + ".handed.json") for p in parts])
    names = ", ".join(f"'{_quoted(p)}'" for p in parts)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    with _silent(_engine(threads, temp_directory=f"{beside}.spill")) as engine:
        engine.register(
            "resolved",
            {
                "key": np.array([key for key, _, _ in resolved], dtype=np.int64),
                "kind": np.array([kind for _, kind, _ in resolved], dtype=object),
                "id": np.array([actor for _, _, actor in resolved], dtype=object),
            },
        )
        # few events come twice: only those are ranked
        engine.execute(
            f"CREATE TABLE twice AS SELECT x_EventId FROM read_parquet([{names}]) WHERE x_EventId <> '' GROUP BY x_EventId HAVING count(*) > 1"
        )
        kept = engine.execute(f"""
            COPY (
                SELECT x_EventId, x_At, coalesce(r.id, x_ActorId) AS x_ActorId, coalesce(r.kind, x_ActorKind) AS x_ActorKind, x_EventName, x_EventSource, SubAccountId, RegionId,
                       x_ReadOnly, x_Failed, x_Resources
                FROM (
                    SELECT * FROM read_parquet([{names}]) WHERE x_EventId NOT IN (SELECT x_EventId FROM twice)
                    UNION ALL
                    SELECT * FROM read_parquet([{names}]) WHERE x_EventId IN (SELECT x_EventId FROM twice)
                    QUALIFY row_number() OVER (PARTITION BY x_EventId ORDER BY {_ORDER}) = 1
                ) e
                LEFT JOIN resolved r ON r.key = e.x_KeyHash AND e.x_ActorKind IN {OPEN} AND r.id <> e.x_ActorId
                ORDER BY {_ORDER}
            ) TO '{_quoted(beside)}' (FORMAT parquet, COMPRESSION zstd)""").fetchone()[0]
        read = engine.execute(f"SELECT count(*) FROM read_parquet([{names}])").fetchone()[0]
    beside.chmod(0o600)  # it names people
    os.replace(beside, target)
    return kept, read - kept


def chains(files: list[Path]) -> list[tuple[int, str, str]]:
    """(key hash, kind, actor id) of every temporary key that leads back to a person, a pipeline or a stack."""
    handed: dict[int, list] = {}
    for path in files:
        handed.update({int(key): value for key, value in json.loads(path.read_text()).items()})
    out = []
    for key, (kind, actor, used) in handed.items():
        for _ in range(_HOPS):
            if kind in _DECIDED or used not in handed:
                break
            kind, actor, used = handed[used]
        if kind in _DECIDED:
            out.append((key, kind, actor))
    return sorted(out)


@functools.cache
def _writer() -> duckdb.DuckDBPyConnection:
    # one a process: to open one takes as long as to write ten thousand rows
    return _engine(1)


def _engine(threads: int, **more: str) -> duckdb.DuckDBPyConnection:
    # kept order: the same rows give the same bytes, with any number of threads
    return duckdb.connect(
        config={
            "threads": threads,
            "preserve_insertion_order": True,
            "memory_limit": "512MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            **more,
        }
    )


def _silent(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    # where Python has no script (a notebook, python -c), DuckDB would print its progress among what a verb prints
    connection.execute("SET enable_progress_bar = false")
    return connection


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
