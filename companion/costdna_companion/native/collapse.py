"""One scan of one file in DuckDB → the arrays and sums of a Reading (docs/reading.md)."""

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import duckdb
import numpy as np
import pandas as pd

from costdna import columns
from costdna_companion.native import sql
from costdna_companion.native.plan import Plan
from costdna_companion.native.tagsets import canonical

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)


def exact18(text: str) -> str | None:
    """Decimal text rounded half-even at the 18th decimal, without exponent.

    None if it is no finite number of at most 20 digits before the point.

    >>> exact18("2.5e-18"), exact18("1.5E3"), exact18("nan")
    ('0.000000000000000002', '1500', None)
    """
    text = text.strip(" ")
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    if value.adjusted() > 19:
        return None
    if value.as_tuple().exponent < -18:
        with localcontext() as context:
            context.prec = 60
            value = value.quantize(Decimal("1e-18"), rounding=ROUND_HALF_EVEN)
    return format(value, "f")


@contextmanager
def engine(threads: int | None = None):
    """A DuckDB connection that reaches no network and knows UTC only.

    It works in a database `w` of its own, compressed and spilled to a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="costdna-") as folder:
        settings = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
            "temp_directory": folder,
        }
        if threads:
            settings["threads"] = str(threads)
        connection = duckdb.connect(config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = true")  # measured, never printed
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute("ATTACH ':memory:' AS w (COMPRESS)")
            connection.create_function("exact18", lambda text: exact18(text) or "", ["VARCHAR"], "VARCHAR")
            connection.execute(sql.MACROS)
            yield connection
        finally:
            connection.close()


@dataclass
class Statistics:
    """What one scan counted. `money`: field → (lines filled, exact sum, smallest, largest)."""

    rows: int
    hourly_rows: int
    bad: str | None  # the first field with a value that is no number, no cost or no time
    scale: int
    rounded: int
    dayless: int
    money: dict[str, tuple[int, Decimal, Decimal | None, Decimal | None]]


def scan(connection, plan: Plan, source: str, names: dict[str, str]) -> Statistics:
    """Decode every line of `source` (a table function call) into table w.lines and count.

    Raises duckdb.Error when the file itself is bad.
    """
    select = sql.Select(plan, names)
    connection.execute(f"CREATE OR REPLACE TABLE w.lines AS {select.lines(source)}")
    row = connection.execute(select.statistics("w.lines")).fetchone()
    rows, hourly, bad, decimals, rounded, dayless = row[:6]
    money = {m: tuple(row[6 + 4 * i : 10 + 4 * i]) for i, m in enumerate(plan.money)}
    absurd = next(
        (m for m, (_, _, low, high) in money.items() if low is not None and max(-low, high) > sql.LARGEST), None
    )
    return Statistics(
        rows,
        hourly,
        absurd if bad is None else select.checked()[bad],
        min(18, decimals or 0),
        int(rounded or 0),
        dayless,
        money,
    )


def arrays(
    connection, plan: Plan, names: dict[str, str], found: Statistics
) -> tuple[dict[str, np.ndarray], dict[str, list[str]], int]:
    """The arrays and dictionaries of table w.lines, and the number of tag texts not understood."""
    # most money columns of a CUR are empty or zero all month: those need no sums
    select = sql.Select(plan, names, [m for m, (_, _, low, high) in found.money.items() if low or high])
    keys = select.keys()
    connection.execute(f"CREATE OR REPLACE TABLE w.sums AS {select.collapse('w.lines')}")
    raws = [r[0] for r in connection.execute("SELECT DISTINCT tags FROM w.sums ORDER BY tags").fetchall()]
    sets, bad_tags = canonical(raws, plan)
    dictionaries = {"TagSet": sorted(set(sets) | {""})}
    code = {t: i for i, t in enumerate(dictionaries["TagSet"])}
    _table(connection, "tag_map", raw=raws, code=[code[s] for s in sets])
    connection.execute(f"CREATE OR REPLACE TABLE w.rows AS {select.merge('w.sums', 'w.tag_map')}")
    for key in keys:
        connection.execute(
            f"CREATE OR REPLACE TYPE e_{key} AS ENUM (SELECT '' UNION ALL (SELECT DISTINCT k_{key} FROM w.rows WHERE k_{key} <> '' ORDER BY 1))"
        )
        dictionaries[key] = connection.execute(f"SELECT enum_range(NULL::e_{key})").fetchone()[0]
    out = {
        f"codes.{k}": a
        for k, a in _fetch(connection, [(f"enum_code(k_{k}::e_{k})", k, "int32") for k in keys], "w.rows").items()
    }
    out["codes.TagSet"] = _fetch(connection, [("tags", "tags", "int32")], "w.rows")["tags"]
    for spec in plan.fields("key"):
        if spec["name"] not in dictionaries:
            dictionaries[spec["name"]] = list(dict.fromkeys(["", select.default(spec["name"])]))
            out[f"codes.{spec['name']}"] = np.full(
                len(out["codes.TagSet"]), len(dictionaries[spec["name"]]) - 1, dtype="int32"
            )
    rest = [
        ("period", "period", "int32"),
        ("day", "day", "int32"),
        ("long_end", "end", "float64"),
        ("flags", "flags", "int32"),
        ("n", "rows", "int32"),
        ("q", "quantity", "float64"),
        ("priced", "priced_rows", "int32"),
    ]
    out |= _fetch(connection, rest, "w.rows")
    for m in plan.money + (["UnpricedUnblended"] if "Unblended" in plan.money else []):
        if m not in select.summed():
            out |= {f"sum.{m}.{part}": np.zeros(len(out["rows"])) for part in ("whole", "nano", "atto")}
            continue
        limbs = [
            (f"CAST(trunc(m_{m}) AS DOUBLE)", "whole", "float64"),
            (f"CAST(trunc(billion_fold(m_{m})) AS DOUBLE)", "nano", "float64"),
            (f"CAST(billion_fold(billion_fold(m_{m})) AS DOUBLE)", "atto", "float64"),
        ]
        out |= {f"sum.{m}.{part}": a for part, a in _fetch(connection, limbs, "w.rows").items()}
    out |= _hourly(connection, select, dictionaries)
    return out, dictionaries, bad_tags


def _hourly(connection, select: sql.Select, dictionaries: dict[str, list[str]]) -> dict[str, np.ndarray]:
    """RHYTHM and HOURS of table w.lines."""
    usage = dictionaries["UsageType"]
    _table(connection, "classes", usage=usage, **{"class": [usage_class(u) for u in usage]})

    def code(field, alias):
        present = field in select.plan.mapped
        return (f"enum_code({alias}::e_{field})" if present else str(len(dictionaries[field]) - 1)), field, "int32"

    def columns_of(query, prefix, *parts):
        if not query:
            return {f"{prefix}.{name}": np.zeros(0, dtype=dtype) for _, name, dtype in parts}
        return {f"{prefix}.{name}": a for name, a in _fetch(connection, list(parts), f"({query})").items()}

    return columns_of(
        select.rhythm("w.lines", "w.classes"),
        "rhythm",
        code("ProviderName", "provider"),
        code("SubAccountId", "account"),
        code("ResourceId", "resource"),
        ("class", "class", "int32"),
        ("how", "hour", "int32"),
        ("cost", "cost", "float64"),
        ("hours", "hours", "int32"),
    ) | columns_of(
        select.hours("w.lines", "w.classes"),
        "hours",
        ("hour", "hour", "int32"),
        code("ServiceCode", "code"),
        code("ServiceName", "name"),
        code("SubAccountId", "account"),
        code("BillingCurrency", "currency"),
        ("class", "class", "int32"),
        ("cost", "cost", "float64"),
        ("n", "rows", "int32"),
    )


def usage_class(usage: str) -> int:
    """Index of the first usage class one of whose marks the usage type contains."""
    return next(
        i for i, (_, marks) in enumerate(columns.load("mapping")["usage_classes"]) if any(m in usage for m in marks)
    )


def _table(connection, name: str, **data) -> None:
    """A small table of Python lists in database w."""
    frame = pd.DataFrame(data)
    connection.register("incoming", frame)
    connection.execute(f"CREATE OR REPLACE TABLE w.{name} AS SELECT * FROM incoming")
    connection.unregister("incoming")


def _fetch(connection, parts: list[tuple[str, str, str]], table: str) -> dict[str, np.ndarray]:
    """Columns (expression, name, dtype) of a table as numpy arrays; NULL of a float is NaN.

    Several fetches of one table give its rows in one order.
    """
    # Where order is free, two scans of a table of more than one row group come back in two orders: keys would stand
    # beside other lines' money.
    connection.execute("SET preserve_insertion_order = true")
    result = (
        connection.execute(
            "SELECT " + ", ".join(f'{e} AS "{i}"' for i, (e, _, _) in enumerate(parts)) + f" FROM {table}"
        ).fetchnumpy()
        if parts
        else {}
    )
    connection.execute("SET preserve_insertion_order = false")
    out = {}
    for i, (_, name, dtype) in enumerate(parts):
        a = result[str(i)]
        if isinstance(a, np.ma.MaskedArray):
            a = a.astype(dtype).filled(np.nan) if dtype == "float64" else a.filled(0)
        out[name] = np.ascontiguousarray(a, dtype=dtype)
    return out
