"""A FOCUS file as Parquet: money as decimals at the bill's own scale, times as timestamps, null as null."""

from pathlib import Path

from costdna_companion.whole import place


def write_focus(leaving, path: Path) -> None:
    """Write the rows of `costdna.export.focus_file`, whole or not at all."""
    import duckdb

    from costdna.export.focus_file import rows
    from costdna.focus.rules import load

    frame = rows(leaving)
    scale = leaving.report.scale
    kinds = {c["name"]: c["type"] for c in load("rules_1_2")["columns"]}

    def cast(name: str) -> str:
        text = f"nullif(\"{name}\", '')"
        if name.endswith("Cost"):
            return f'cast({text} as decimal(38,{scale})) as "{name}"'
        if kinds.get(name) == "Decimal" or name in ("x_Probability", "x_AllocatedRatio"):
            return f'cast({text} as double) as "{name}"'
        return f'cast({text} as timestamp) as "{name}"' if kinds.get(name) == "Date/Time" else f'{text} as "{name}"'

    def make(beside: Path) -> None:
        with duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        ) as connection:
            connection.register("focus", frame)
            connection.execute(
                f"copy (select {', '.join(cast(n) for n in frame.columns)} from focus) to '{str(beside).replace(chr(39), chr(39) * 2)}' (format parquet)"
            )

    place(path, make)
