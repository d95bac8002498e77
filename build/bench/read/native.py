"""`python native.py FILE…`: the same work by native DuckDB in one process: collapse by the mapping table's key, exact
decimal sums.

Prints one JSON line {rows, groups, total}. Dates are cut to the day, tag columns are part of the key.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import duckdb

MAPPING = json.loads((Path(__file__).resolve().parents[3] / "py/costdna/columns/mapping.json").read_text("utf-8"))


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def query(columns: list[str], scan: str) -> str:
    """One SELECT over the scan: key columns, day, and every money column summed as DECIMAL(38,18)."""
    at: dict[str, str] = {}
    for column in columns:
        at.setdefault(plain(column), column)

    def value(field: dict) -> str | None:
        found = [f"nullif(\"{at[plain(c)]}\", '')" for c in field["cur"] if plain(c) in at]
        return f"coalesce({', '.join(found)})" if found else None

    keys, sums = [], []
    for field in MAPPING["fields"]:
        sql = value(field)
        if sql is None:
            continue
        if field["kind"] == "key":
            keys.append(sql)
        elif field["kind"] == "money":
            sums.append(f"sum(CAST({sql} AS DECIMAL(38,18))) AS {field['name']}")
    keys += [f'"{c}"' for c in columns if c.startswith(("resourceTags/", "resource_tags_"))]
    keys.append(f'CAST("{at["lineitemusagestartdate"]}" AS VARCHAR)[:10]')
    return f"SELECT {', '.join(keys)}, count(*) AS n, {', '.join(sums)} FROM {scan} GROUP BY {', '.join(keys)}"


def main(files: list[str]) -> None:
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    con.execute("SET TimeZone='UTC'")
    names = "[" + ", ".join("'" + f.replace("'", "''") + "'" for f in files) + "]"
    scan = (
        f"read_parquet({names}, union_by_name=true)"
        if files[0].endswith(".parquet")
        else f"read_csv({names}, all_varchar=true, header=true, union_by_name=true)"
    )
    described = con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    # Parquet doubles go through text so that both readers add the same decimals
    if files[0].endswith(".parquet"):
        texts = ", ".join(f'CAST("{n}" AS VARCHAR) AS "{n}"' for n, kind, *_ in described if kind == "DOUBLE")
        scan = f"(SELECT * REPLACE ({texts}) FROM {scan})" if texts else scan
    con.execute(f"CREATE TEMP TABLE t AS {query([d[0] for d in described], scan)}")
    rows, groups, total = con.execute("SELECT sum(n), count(*), CAST(sum(Unblended) AS VARCHAR) FROM t").fetchone()
    print(json.dumps({"rows": int(rows), "groups": groups, "totals": [total]}))


if __name__ == "__main__":
    main(sys.argv[1:])
