"""Files on disk → readings: DuckDB behind the same contract as the page's reader (docs/reading.md)."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from costdna import money
from costdna_companion.native import collapse, containers, faults, integrity, parquet, plan
from costdna_companion.native.containers import Source
from costdna_companion.native.integrity import error
from costdna_companion.native.sql import literal

Progress = Callable[[dict], None]


def read_file(connection, path: str, name: str, folder: str, progress: Progress | None = None) -> list[dict]:
    """Readings of one dropped file (a ZIP has one for each entry). Raises BillError; a file with an error yields no reading."""
    out = []
    for source in containers.sources(path, name, folder):
        out.append(read_source(connection, source, folder))
        if progress:
            progress({"name": source.name, "rows": out[-1]["meta"]["rows"], "bytes": source.bytes})
    return out


def read_source(connection, source: Source, folder: str) -> dict:
    """One logical file as a Reading {meta, arrays}."""
    if source.kind == "parquet":
        return _read_parquet(connection, source)
    # A plain file is verified by a thread of its own while DuckDB parses it: hashing and decoding release the lock.
    with ThreadPoolExecutor(1) as pool:
        verified = pool.submit(integrity.verify_text, source.path, source.name) if source.unchecked else None
        try:
            names = integrity.header(source.path, source.name)
            the_plan, found, columns = _scan_csv(connection, source, names, folder)
        except Exception:
            if verified:
                verified.result()  # bytes that are no text explain more than what an engine made of them
            raise
        if verified:
            source.source_id = verified.result()
    if not found.rows:
        raise error("empty", "The file has a header and no lines.", source.name, "line 2")
    if found.bad:
        faults.in_csv(source.path, source.name, the_plan, found.bad)
    return _reading(connection, source, the_plan, found, columns)


def _scan_csv(connection, source: Source, names: list[str], folder: str):
    the_plan = plan.make(names, name=source.name)
    columns = {}
    for i, name in enumerate(names):
        columns.setdefault(name, f"c{i}")
    types = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names))) + "}"

    def scan(path):
        table = f"""read_csv({literal(path)}, auto_detect=false, header=true, columns={types}, delim=',', quote='"', escape='"',
            strict_mode=true, null_padding=false, ignore_errors=false, compression='none', max_line_size=16777216)"""
        return collapse.scan(connection, the_plan, table, columns)

    try:
        return the_plan, scan(source.path), columns
    except duckdb.Error as problem:
        integrity.diagnose(source.path, len(names), source.name)
        fault = problem
    # Our own parser finds every line whole: the file mixes line ends, which the engine refuses.
    plain = os.path.join(folder, "rewritten.csv")
    try:
        integrity.rewrite(source.path, plain)
        return the_plan, scan(plain), columns
    except duckdb.Error:
        raise error("ragged", "The file cannot be parsed as CSV.", source.name, "", str(fault).splitlines()[0][:200]) from None
    finally:
        if os.path.exists(plain):
            os.remove(plain)


def _read_parquet(connection, source: Source) -> dict:
    parquet.footer(source.path, source.name)
    names, given, types = parquet.schema(connection, source.path, source.name)
    rows = parquet.row_count(connection, source.path, source.name)
    the_plan = plan.make(names, dict(zip(names, types)), source.name)
    columns = {}
    for name, as_given in zip(names, given):
        columns.setdefault(name, '"' + as_given.replace('"', '""') + '"')
    try:
        found = collapse.scan(connection, the_plan, parquet.scan(source.path), columns)
    except duckdb.Error as problem:
        raise error("corrupt", "The Parquet data is damaged.", source.name, "", str(problem).splitlines()[0][:200]) from None
    if found.rows != rows:
        raise error("row-count", f"{found.rows} rows were read; the footer says {rows}.", source.name)
    if found.bad:
        faults.in_parquet(connection, source.path, source.name, the_plan, columns, found.bad)
    parquet.within_statistics(connection, source.path, source.name, the_plan, columns, found)
    return _reading(connection, source, the_plan, found, columns)


def _reading(connection, source: Source, the_plan: plan.Plan, found: collapse.Statistics, columns: dict[str, str]) -> dict:
    arrays, dictionaries, bad_tags = collapse.arrays(connection, the_plan, columns)
    warnings = list(source.warnings)
    if bad_tags:
        warnings.append(f"{bad_tags} different tag texts are no maps and were left out.")
    if source.kind == "csv" and not integrity.ends_whole(source.path):
        warnings.append("The last line has no line end; its columns are all there.")
    if found.rounded:
        warnings.append(f"{found.rounded} costs have more than 18 decimals and were rounded at the 18th.")
    meta = {
        "source_id": source.source_id, "name": source.name, "bytes": source.bytes, "container": source.container, "format": the_plan.format, "version": the_plan.version,
        "rows": found.rows, "columns": the_plan.columns, "mapped": the_plan.mapped, "absent": the_plan.absent,
        "filled": {m: found.money[m][0] for m in the_plan.money}, "scale": found.scale, "rounded": found.rounded, "hourly_rows": found.hourly_rows,
        "dictionaries": dictionaries, "tag_columns": [c for c, _, _ in the_plan.tag_columns] + [c for c, _ in the_plan.tag_maps], "tag_sources": the_plan.tag_sources,
        "totals": {m: money.to_text(int(found.money[m][1].scaleb(18)), 18) for m in the_plan.money}, "warnings": warnings, "manifest": None,
    }
    return {"meta": meta, "arrays": arrays}


def read(paths: list, *, progress: Progress | None = None, threads: int | None = None) -> tuple[list[dict], list[dict]]:
    """Readings of files and folders, and what of them was left out and why.

    paths: files or folders. progress: called with {name, rows, bytes} after each logical file. Returns
    (readings, skipped) with skipped = [{"name", "reason"}]. Raises BillError for the first file that is no whole bill.
    """
    files, skipped = _listing(paths)
    readings: list[dict] = []
    with collapse.engine(threads) as connection, tempfile.TemporaryDirectory(prefix="costdna-") as folder:
        for path, name in files:
            readings += read_file(connection, path, name, folder, progress)
    return readings, skipped


def _listing(paths: list) -> tuple[list[tuple[str, str]], list[dict]]:
    files = []
    for path in map(Path, paths):
        if path.is_dir():
            files += [(str(p), p.relative_to(path).as_posix()) for p in sorted(path.rglob("*")) if p.is_file() and containers.is_data(p.relative_to(path).as_posix())]
        elif path.exists():
            files.append((str(path), path.name))
        else:
            raise error("not-a-bill", "There is no such file.", str(path))
    return files, []
