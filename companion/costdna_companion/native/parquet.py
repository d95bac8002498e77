"""Parquet: footer, row counts and statistics, checked against what a scan finds."""

import os
import struct
from decimal import Decimal, InvalidOperation

import duckdb

from costdna_companion.native import pages
from costdna_companion.native.collapse import Statistics
from costdna_companion.native.integrity import error
from costdna_companion.native.plan import Plan
from costdna_companion.native.sql import literal


def footer(path: str, name: str) -> None:
    """The file ends as a Parquet file must, or an error."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read(8)
    if size < 12 or tail[4:] != b"PAR1":
        raise error("truncated", "The Parquet file has no footer.", name, f"byte {size}")
    (length,) = struct.unpack("<I", tail[:4])
    if length == 0 or length > size - 12:
        raise error(
            "corrupt", "The Parquet footer's length cannot be right.", name, f"byte {size - 8}", f"{length} bytes"
        )


def schema(connection, path: str, name: str) -> tuple[list[str], list[str], list[str]]:
    """Column names as the file writes them, the names DuckDB gives them, and their DuckDB types."""
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan(path)}").fetchall()
        tree = connection.execute(
            f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({literal(path)})"
        ).fetchall()
    except duckdb.Error as problem:
        raise error("corrupt", "The Parquet footer cannot be read.", name, "footer", _first_line(problem)) from None
    names, at = [], 1
    while at < len(tree):
        names.append(tree[at][0])
        pending = 1
        while pending:
            pending += tree[at][1] - 1
            at += 1
    given = [d[0] for d in described]
    return names if len(names) == len(given) else given, given, [d[1] for d in described]


def scan(path: str, extra: str = "") -> str:
    """The table function that reads the file: its own columns, none guessed from the folders it lies in."""
    return f"read_parquet({literal(path)}, binary_as_string=true, hive_partitioning=false{extra})"


def row_count(connection, path: str, name: str) -> int:
    """Rows by the footer, which must agree with its own row groups."""
    try:
        (total,) = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({literal(path)})").fetchone()
        (groups,) = connection.execute(
            f"SELECT coalesce(sum(n), 0) FROM (SELECT DISTINCT row_group_id, row_group_num_rows AS n FROM parquet_metadata({literal(path)}))"
        ).fetchone()
    except duckdb.Error as problem:
        raise error("corrupt", "The Parquet footer cannot be read.", name, "footer", _first_line(problem)) from None
    if total != groups:
        raise error("row-count", f"The footer says {total} rows, its row groups hold {groups}.", name, "footer")
    if total == 0:
        raise error("empty", "The file has columns and no rows.", name, "footer")
    return total


def verify_pages(connection, path: str, name: str, plan: Plan) -> None:
    """Every page of the columns the plan reads: headers, value counts, checksums where present."""
    wanted = (
        {c for columns in plan.mapped.values() for c in columns}
        | {c for c, _, _ in plan.tag_columns}
        | {c for c, _ in plan.tag_maps}
    )
    rows = connection.execute(
        f"SELECT path_in_schema, dictionary_page_offset, data_page_offset, total_compressed_size, num_values FROM parquet_metadata({literal(path)})"
    ).fetchall()
    tops = set(plan.columns)
    seen = {next((t for t in (column, *_prefixes(column)) if t in tops), None) for column, *_ in rows}
    if None in seen or seen != tops:
        # the footer writes every name twice: in its schema and beside each column's pages
        raise error(
            "corrupt", "The footer's two lists of columns disagree.", name, "footer", ", ".join(sorted(tops - seen)[:3])
        )
    chunks = []
    for column, dictionary, data, size, values in rows:
        # a nested column's path begins with its top-level name
        if column in wanted or any(column.startswith(w + ", ") for w in wanted):
            start = data if dictionary is None or not 0 < dictionary < data else dictionary
            if (
                start is None
                or size is None
                or values is None
                or start < 4
                or size < 0
                or values < 0
                or start + size > os.path.getsize(path)
            ):
                raise error("corrupt", f"The footer places column {column} outside the file.", name, "footer")
            chunks.append((column, start, size, values))
    pages.verify(path, name, chunks)


def _prefixes(path: str) -> list[str]:
    """The names a nested column's path `a, b, c` may begin with."""
    parts = path.split(", ")
    return [", ".join(parts[:i]) for i in range(1, len(parts))]


def times_within_statistics(connection, path: str, name: str, plan: Plan, given: dict[str, str]) -> None:
    """Every instant and quantity lies within what the footer says of its column: most flipped dates do not."""
    columns = [
        c
        for f in ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity")
        for c in plan.mapped.get(f, [])[:1]
        if plan.types[c].startswith("TIMESTAMP") or plan.types[c] in ("DATE", "DOUBLE")
    ]
    if not columns:
        return
    found = connection.execute(
        "SELECT "
        + ", ".join(f"CAST(min({given[c]}) AS VARCHAR), CAST(max({given[c]}) AS VARCHAR)" for c in columns)
        + f" FROM {scan(path)}"
    ).fetchone()
    for i, column in enumerate(columns):
        type_ = plan.types[column]
        low, high, counted, groups = connection.execute(
            f"""SELECT min(try_cast(coalesce(stats_min_value, stats_min) AS {type_})), max(try_cast(coalesce(stats_max_value, stats_max) AS {type_})),
            count(coalesce(stats_min_value, stats_min)), count(*) FROM parquet_metadata({literal(path)}) WHERE path_in_schema = ?""",
            [column],
        ).fetchone()
        if counted < groups or found[2 * i] is None or low is None or high is None:
            continue
        inside = connection.execute(
            f"SELECT CAST(? AS {type_}) >= CAST(? AS {type_}) AND CAST(? AS {type_}) <= CAST(? AS {type_})",
            [found[2 * i], str(low), found[2 * i + 1], str(high)],
        ).fetchone()[0]
        if not inside:
            raise error(
                "corrupt",
                f"{column} holds values outside the range its footer gives.",
                name,
                f"column {column}",
                f"{found[2 * i]} … {found[2 * i + 1]}, footer {low} … {high}",
            )


def within_statistics(connection, path: str, name: str, plan: Plan, given: dict[str, str], found: Statistics) -> None:
    """Every cost lies within what the footer says of its column, and as many lines are filled as it says.

    One column a field only.
    """
    rows = connection.execute(f"""SELECT path_in_schema, list(coalesce(stats_min_value, stats_min)), list(coalesce(stats_max_value, stats_max)), sum(stats_null_count), count(*), count(stats_null_count)
        FROM parquet_metadata({literal(path)}) GROUP BY 1""").fetchall()
    by_column = {r[0]: r[1:] for r in rows}
    for field in plan.money:
        columns = plan.mapped[field]
        if len(columns) != 1 or columns[0] not in by_column or plan.types[columns[0]] == "VARCHAR":
            continue
        lows, highs, nulls, groups, counted = by_column[columns[0]]
        filled, _, low, high = found.money[field]
        if counted == groups and found.rows - filled != nulls:
            raise error(
                "corrupt",
                f"{columns[0]} is filled on {filled} lines; the footer says {found.rows - int(nulls)}.",
                name,
                f"column {columns[0]}",
            )
        lows, highs = _numbers(lows, groups), _numbers(highs, groups)
        # the footer's text may be shorter than the value
        slack = Decimal("1e-6" if plan.types[columns[0]] == "FLOAT" else "1e-9")
        if low is not None and (
            (lows and low < min(lows) - slack - abs(min(lows)) * slack)
            or (highs and high > max(highs) + slack + abs(max(highs)) * slack)
        ):
            raise error(
                "corrupt",
                f"{columns[0]} holds costs outside the range its footer gives.",
                name,
                f"column {columns[0]}",
                f"{low:f} … {high:f}, footer {min(lows):f} … {max(highs):f}"
                if lows and highs
                else f"{low:f} … {high:f}",
            )


def _numbers(texts: list, groups: int) -> list[Decimal]:
    """Statistics as numbers; empty unless every row group has one."""
    try:
        numbers = [Decimal(t) for t in texts if t is not None]
    except InvalidOperation:
        return []
    return numbers if len(numbers) == groups and all(n.is_finite() for n in numbers) else []


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0][:200]
