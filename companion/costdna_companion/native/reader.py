"""Files on disk → readings: DuckDB behind the same contract as the page's reader (docs/reading.md)."""

import errno
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from costdna import drops, money
from costdna.errors import BillError, CostDNAError
from costdna_companion.native import collapse, containers, faults, integrity, parquet, plan
from costdna_companion.native.containers import Source
from costdna_companion.native.integrity import error
from costdna_companion.native.progress import Progress, Tell
from costdna_companion.native.sql import literal


def read_source(connection, source: Source, folder: str) -> dict:
    """One logical file as a Reading {meta, arrays}."""
    if source.kind == "parquet":
        try:
            return _read_parquet(connection, source)
        except duckdb.OutOfRangeException:
            raise _too_much(source.name) from None
        except (duckdb.Error, UnicodeError, OverflowError, ValueError) as problem:  # a damaged footer can say anything
            raise error(
                "corrupt", "The Parquet data is damaged.", source.name, "", str(problem).splitlines()[0][:200]
            ) from None
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
            source.source_id, source.commas = verified.result()
    if source.commas != (found.rows + 1) * (len(names) - 1):
        integrity.diagnose(source.path, len(names), source.name)
    if not integrity.ends_whole(source.path):
        integrity.diagnose(source.path, len(names), source.name)
        raise error(
            "mid-row",
            "The last line has no line end: nobody can tell a whole last value from a cut one.",
            source.name,
            "end of the file",
        )
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
            strict_mode=true, null_padding=false, ignore_errors=false, compression='none')"""
        return collapse.scan(connection, the_plan, table, columns)

    try:
        return the_plan, scan(source.path), columns
    except duckdb.OutOfRangeException:
        raise _too_much(source.name) from None
    except duckdb.Error as problem:
        integrity.diagnose(source.path, len(names), source.name)
        fault = problem
    # Our own parser finds every line whole: the file mixes line ends, which the engine refuses.
    plain = os.path.join(folder, "rewritten.csv")
    try:
        integrity.rewrite(source.path, plain)
        return the_plan, scan(plain), columns
    except duckdb.Error:
        raise error(
            "ragged", "The file cannot be parsed as CSV.", source.name, "", str(fault).splitlines()[0][:200]
        ) from None
    finally:
        if os.path.exists(plain):
            os.remove(plain)


def _too_much(name: str) -> BillError:
    return error("absurd-cost", "The costs add up to more than 10^20.", name)


def _read_parquet(connection, source: Source) -> dict:
    parquet.footer(source.path, source.name)
    names, given, types = parquet.schema(connection, source.path, source.name)
    rows = parquet.row_count(connection, source.path, source.name)
    the_plan = plan.make(names, dict(zip(names, types)), source.name)
    parquet.verify_pages(connection, source.path, source.name, the_plan)
    columns = {}
    for name, as_given in zip(names, given):
        columns.setdefault(name, '"' + as_given.replace('"', '""') + '"')
    found = collapse.scan(connection, the_plan, parquet.scan(source.path), columns)
    if found.rows != rows:
        raise error("row-count", f"{found.rows} rows were read; the footer says {rows}.", source.name)
    if found.bad:
        faults.in_parquet(connection, source.path, source.name, the_plan, columns, found.bad)
    parquet.within_statistics(connection, source.path, source.name, the_plan, columns, found)
    parquet.times_within_statistics(connection, source.path, source.name, the_plan, columns)
    return _reading(connection, source, the_plan, found, columns)


def _reading(
    connection, source: Source, the_plan: plan.Plan, found: collapse.Statistics, columns: dict[str, str]
) -> dict:
    arrays, dictionaries, bad_tags = collapse.arrays(connection, the_plan, columns, found)
    warnings = list(source.warnings)
    if bad_tags:
        warnings.append(f"{bad_tags} different tag texts are no maps and were left out.")
    if found.rounded:
        warnings.append(f"{found.rounded} costs have more than 18 decimals and were rounded at the 18th.")
    meta = {
        "source_id": source.source_id,
        "name": source.name,
        "bytes": source.bytes,
        "container": source.container,
        "format": the_plan.format,
        "version": the_plan.version,
        "rows": found.rows,
        "columns": the_plan.columns,
        "mapped": the_plan.mapped,
        "absent": the_plan.absent,
        "filled": {m: found.money[m][0] for m in the_plan.money},
        "scale": found.scale,
        "rounded": found.rounded,
        "hourly_rows": found.hourly_rows,
        "dictionaries": dictionaries,
        "tag_columns": [c for c, _, _ in the_plan.tag_columns] + [c for c, _ in the_plan.tag_maps],
        "tag_sources": the_plan.tag_sources,
        "totals": {
            name[4:-6]: _total(arrays, name[4:-6])
            for name in arrays
            if name.startswith("sum.") and name.endswith(".whole")
        },
        "warnings": warnings,
        "manifest": None,
    }
    return {"meta": meta, "arrays": arrays}


def _total(arrays: dict, field: str) -> str:
    """Exact sum of a money field as decimal text."""
    limbs = (arrays[f"sum.{field}.{part}"] for part in ("whole", "nano", "atto"))
    whole, nano, atto = (
        int(x.astype("int64").sum(dtype="int64")) if float(abs(x).sum()) < 2**62 else sum(map(int, x)) for x in limbs
    )
    return money.to_text(whole * 10**18 + nano * 10**9 + atto, 18)


def read(
    paths: list, *, progress: Tell | None = None, threads: int | None = None, errors: list[BillError] | None = None
) -> tuple[list[dict], list[dict]]:
    """Readings of files and folders, and what of them was left out and why.

    paths: files or folders. progress: hears {file, bytes, total_bytes, rows}, sometimes from another thread. Returns
    (readings, skipped) with skipped = [{"path", "reason"}]. Raises BillError for the first file that is no whole bill,
    or for a manifest whose files are not all there: nothing partial passes for whole. With a list for `errors` they are
    put there and the other files are read (to examine a drop, never to add it up).
    """
    files = _listing(paths)
    choice = drops.choose([_entry(path, name) for name, path in files.items()])
    for fault in choice["errors"]:
        _report(
            BillError(
                fault["message"],
                where=f"{fault['file']}: {fault['where']}",
                next_step=fault["next"],
                code=fault["code"],
            ),
            errors,
        )
    if not choice["chosen"] and not choice["errors"]:
        _report(
            error(
                "empty" if not files else "not-a-bill",
                "There is no bill in what was given.",
                ", ".join(map(str, paths)),
                "",
                f"{len(files)} files",
            ),
            errors,
        )
    state = Progress(sum(os.path.getsize(files[c["path"]]) for c in choice["chosen"]), progress)
    readings: list[dict] = []
    with collapse.engine(threads) as connection:
        for one in choice["chosen"]:
            path = files[one["path"]]
            state.begin(one["path"], os.path.getsize(path))
            try:
                for reading in _readings_of(connection, path, one, state):
                    readings.append(reading)
                    state.rows += reading["meta"]["rows"]
            except BillError as fault:
                _report(fault, errors)
            except OSError as fault:
                if fault.errno == errno.ENOSPC:
                    raise CostDNAError(
                        "There is no room to unpack the bill.",
                        found=one["path"],
                        where=tempfile.gettempdir(),
                        next_step="Free some space, or set TMPDIR to a folder with room for the unpacked bill.",
                        code="no-space",
                    ) from None
                if fault.filename != path:
                    raise
                _report(
                    BillError(
                        "The file cannot be opened.",
                        found=str(fault.strerror),
                        where=one["path"],
                        next_step="Check that you may read it.",
                        code="unreadable",
                    ),
                    errors,
                )
            state.end()
    return _once(readings, choice["skipped"])


def _once(readings: list[dict], skipped: list[dict]) -> tuple[list[dict], list[dict]]:
    """The same bytes under two names are one file: counted once, the other name said."""
    first: dict[str, str] = {}
    kept = []
    for reading in readings:
        meta = reading["meta"]
        if meta["source_id"] in first:
            skipped = [*skipped, {"path": meta["name"], "reason": f"the same content as {first[meta['source_id']]}"}]
        else:
            first[meta["source_id"]] = meta["name"]
            kept.append(reading)
    return kept, skipped


def _report(fault: BillError, errors: list[BillError] | None) -> None:
    if errors is None:
        raise fault
    errors.append(fault)


def _said(path: str, folder: str) -> str:
    """The path, or a link to it in `folder` where its bytes are no text: DuckDB takes no other."""
    try:
        path.encode()
    except UnicodeEncodeError:
        link = Path(folder) / f"named{Path(path).suffix.encode('ascii', 'ignore').decode()}"
        link.symlink_to(Path(path).resolve())
        return str(link)
    return path


def _readings_of(connection, path: str, one: dict, state: Progress):
    """The reading of each logical file of one file."""
    with tempfile.TemporaryDirectory(prefix="costdna-") as folder:
        for source in containers.sources(_said(path, folder), one["path"], folder):
            with state.watching(connection):
                reading = read_source(connection, source, folder)
            reading["meta"]["manifest"] = source.manifest or one["manifest"]
            yield reading


def _listing(paths: list) -> dict[str, str]:
    """Name within the drop (a folder's files begin with the folder's name) → path on disk."""
    files: dict[str, str] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found = {
                f"{path.resolve().name}/{p.relative_to(path).as_posix()}": str(p)
                for p in sorted(path.rglob("*"))
                if p.is_file()
            }
        elif path.is_file():
            found = {path.name: str(path)}
        elif path.exists():  # /dev/stdin, <(zcat …): a bill is read from several places at once
            raise BillError(
                f"{path} is neither a file nor a folder.",
                found="a pipe" if path.is_fifo() else "something that is read once",
                where=str(path),
                next_step="Save what comes through it to a file, and name that; .gz and .zip are read as they are.",
                code="no-file",
            )
        else:
            raise BillError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
        for name, where in found.items():
            name = name.encode("utf-8", "backslashreplace").decode()  # a name may be any bytes; ours are text
            number, unique = 1, name
            while unique in files and os.path.realpath(files[unique]) != os.path.realpath(where):
                number += 1
                unique = f"{name} ({number})"
            files[unique] = where
    return files


def _entry(path: str, name: str) -> dict:
    """One line of the listing drops.choose looks at."""
    stat = os.stat(path)
    entry = {"path": name, "size": stat.st_size, "lastModified": int(stat.st_mtime * 1000)}
    if drops.is_manifest(name, stat.st_size):
        entry["manifest"] = Path(path).read_text(encoding="utf-8", errors="replace")
    return entry
