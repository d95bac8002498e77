"""What `audit` and `leakaudit` share: reading the table, printing the audit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from costdna.audit import Audit, audit, audit_bill
from costdna.errors import BillError, UsageError
from costdna_companion.cli._output import Output, answer, rows


def read(path: Path) -> pd.DataFrame:
    """A CSV or Parquet file as a frame; text stays text. Raises BillError (exit code 2) for what is neither."""
    if not path.is_file():
        raise BillError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            import duckdb

            frame = duckdb.connect().read_parquet(str(path)).df()
        else:
            frame = pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
    except Exception as error:  # each reader has errors of its own: all mean that the file is no table
        raise BillError(
            f"{path} cannot be read as a table.",
            found=str(error).splitlines()[0],
            where=str(path),
            next_step="Give CSV in UTF-8 (gzipped or not) or Parquet.",
            code="unreadable",
        ) from error
    if frame.empty:
        raise BillError(
            f"{path} holds no rows.",
            where=str(path),
            next_step="Give a table with a header and rows.",
            code="unreadable",
        )
    return frame


def of_table(
    paths: list[Path],
    target: str,
    columns: list[str] | None,
    edges: Path | None,
    id_column: str,
    unit: str,
    threshold: float,
) -> Audit:
    """Audit of one table, its relations beside it if named."""
    if len(paths) != 1:
        raise UsageError(
            "One table at a time.",
            found=f"{len(paths)} files",
            next_step="Name one table, or leave --target out to audit a bill.",
            code="usage",
        )
    frame = read(paths[0])
    relations = _edges(frame, edges, id_column) if edges else None
    return audit(frame, target, columns=columns, relations=relations, unit=unit, threshold=threshold)


def _edges(frame: pd.DataFrame, path: Path, id_column: str) -> pd.DataFrame:
    listed = read(path)
    if id_column not in frame or id_column not in listed or len(listed.columns) < 3:
        raise UsageError(
            "The relations do not name the table's rows.",
            found=", ".join(map(str, listed.columns)),
            where=str(path),
            next_step=f"Write three columns: {id_column}, kind, group; --id names the first.",
            code="edges",
        )
    kind, group = [name for name in listed if name != id_column][:2]
    place = pd.Series(range(len(frame)), index=frame[id_column].astype(str))
    at = place[~place.index.duplicated()].reindex(listed[id_column].astype(str)).to_numpy(dtype="float64")
    known = ~pd.isna(at)
    return pd.DataFrame(
        {
            "x_Row": at[known].astype("int64"),
            "x_Kind": listed[kind].astype(str).to_numpy()[known],
            "x_Group": listed[group].astype(str).to_numpy()[known],
        }
    )


def of_bill(paths: list[Path], tag_key: list[str]) -> Audit:
    """Audit of a bill's own tag keys, columns and relations."""
    from costdna import pipeline
    from costdna_companion.cli import _inputs

    readings, _ = _inputs.readings_of(paths)
    grounds = pipeline.ground(readings, pipeline.Wishes(tag_keys=tag_key))
    known = grounds.known
    owner = {
        (s, k)
        for s, k, r in zip(known.keys["x_Source"], known.keys["x_Key"], known.keys["x_Rank"], strict=True)
        if r >= 0
    }
    return audit_bill(grounds.ownables, grounds.relations, known.labels, owner)


def show(result: Audit, output: Output) -> None:
    """Honest first."""
    if output == Output.json:
        answer(result.to_dict())
        return
    flat = [
        {
            "key": row["x_Key"], "what": row["x_Source"], "verdict": row["x_Verdict"], "values": row["x_Values"], "repeated": row["x_Repeated"], "covered": _share(row["x_Coverage"]),
            "decide": _share(row["x_Pure"]), "by chance": _share(row["x_PureByChance"]), "vote": _share(row["x_Vote"]), "vote by chance": _share(row["x_VoteByChance"]), "join decides": _share(row["x_JoinSolvable"]),
        }
        for row in result.keys.to_dict("records")
    ]  # fmt: skip
    if output != Output.table:
        rows(flat, output)
        return
    from costdna_companion.bench.show import grid

    print(f"{result.rows:,} labelled rows, {result.labels} labels in {result.target!r}")
    print(f"honest accuracy    {_share(result.honest)}   without what gives the label away, held out by {result.unit}")
    print(f"random split       {_share(result.random)}   the same, rows held out one by one")
    print(f"inflated accuracy  {_share(result.inflated)}   everything used, rows held out one by one")
    print(f"majority           {_share(result.majority)}   always the commonest label")
    print(
        f"a plain join over what is accused decides {_share(result.join_solvable)} of the rows"
        if result.leaks
        else "nothing gives the label away beyond chance"
    )
    for note in result.notes:
        print(note)
    for name in result.leaks:
        print(f"! {name} gives {result.target} away")
    print()
    grid([{key: str(value) for key, value in record.items()} for record in flat], output)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
