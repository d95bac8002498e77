"""Which column of a file feeds which field: the mapping table applied to one header."""

import json
from dataclasses import dataclass, field

from costdna import columns
from costdna.columns import normal
from costdna.errors import BillError


@dataclass
class Plan:
    """How one file is read. Column names are as the file writes them; `types` maps them to DuckDB types."""

    format: str
    version: str
    columns: list[str]
    types: dict[str, str]
    mapped: dict[str, list[str]]  # field → columns, in the order they are tried
    map_keys: dict[str, list[tuple[str, str]]]  # field → [(map column, key)]
    absent: list[str]
    tag_columns: list[tuple[str, str, str]]  # (column, source, tag key)
    tag_maps: list[tuple[str, str]]  # (column, source)
    warnings: list[str] = field(default_factory=list)

    @property
    def tag_sources(self) -> list[str]:
        return sorted({source for _, source, _ in self.tag_columns} | {source for _, source in self.tag_maps})

    @property
    def cost(self) -> str:
        """The money field of RHYTHM and HOURS."""
        return columns.load("mapping")["cost_column"][self.format]

    def fields(self, kind: str) -> list[dict]:
        """The mapping table's fields of one kind, in its order."""
        return [f for f in columns.load("mapping")["fields"] if f["kind"] == kind]

    @property
    def money(self) -> list[str]:
        """The money fields this file carries."""
        return [f["name"] for f in self.fields("money") if f["name"] in self.mapped]


def make(header: list[str], types: dict[str, str] | None = None, name: str = "") -> Plan:
    """The plan of one header, or a BillError: `not-a-bill`, or `no-cost` for a bill without its cost columns."""
    mapping = columns.load("mapping")
    by_normal: dict[str, list[str]] = {}
    for column in header:
        by_normal.setdefault(normal(column), []).append(column)
    format = _format(mapping, by_normal, name)
    mapped, map_keys, absent = {}, {}, []
    for spec in mapping["fields"]:
        if not spec[format]:
            continue
        found = [c for spelling in spec[format] for c in by_normal.get(normal(spelling), [])[:1]]
        keys = (
            [
                (c, key)
                for map_name, names in spec.get("map_keys", {}).items()
                for c in by_normal.get(normal(map_name), [])[:1]
                for key in names
            ]
            if format == "cur"
            else []
        )
        if found or keys:
            mapped[spec["name"]] = list(dict.fromkeys(found + [c for c, _ in keys]))
            map_keys[spec["name"]] = keys
        else:
            absent.append(spec["name"])
    tag_columns, tag_maps = _tags(mapping["tags"], header, by_normal, format)
    return Plan(
        format,
        _version(mapping, format, by_normal),
        list(header),
        types or dict.fromkeys(header, "VARCHAR"),
        mapped,
        map_keys,
        absent,
        tag_columns,
        tag_maps,
    )


def _format(mapping: dict, by_normal: dict, name: str) -> str:
    def present(choice):
        return any(normal(spelling) in by_normal for spelling in choice.split("|"))

    for format, needed in mapping["formats"].items():
        if all(present(c) for c in needed):
            return format
    # A bill that lost a column is worth telling from a file that is no bill: it still knows other fields.
    known = {
        f: sum(any(normal(s) in by_normal for s in spec[f]) for spec in mapping["fields"]) for f in mapping["formats"]
    }
    format = max(known, key=known.get)
    cost, *others = mapping["formats"][format]
    if known[format] < 3:
        shown = ", ".join(json.dumps(c[0][:40]) for c in list(by_normal.values())[:4])
        raise BillError(
            "The columns are not those of a bill.",
            found=shown,
            where=f"{name}, header",
            next_step="Drop an AWS Cost and Usage Report (CSV, CSV.gz, ZIP, Parquet) or a FOCUS file.",
            code="not-a-bill",
        )
    if not present(cost):
        raise BillError(
            f"This looks like a {format.upper()} bill without its cost column.",
            found=f"no {cost.replace('|', ' or ')}",
            where=f"{name}, header",
            next_step="Add the cost column to the export.",
            code="no-cost",
        )
    missing = ", ".join(c for c in others if not present(c))
    raise BillError(
        f"This looks like a {format.upper()} bill without the column {missing}, which says what each line is.",
        found=f"{len(by_normal)} other columns",
        where=f"{name}, header",
        next_step=f"Add {missing} to the export.",
        code="not-a-bill",
    )


def _tags(table: dict, header: list[str], by_normal: dict, format: str):
    tag_maps, replaced = [], set()
    for spec in table["maps"]:
        if format not in spec["formats"] or spec["source"] in replaced:
            continue
        found = [c for name in spec["columns"] for c in by_normal.get(normal(name), [])[:1]]
        tag_maps += [(c, spec["source"]) for c in found]
        if found:
            replaced |= set(spec.get("replaces", []))
    tag_columns = [
        (column, spec["source"], column[len(prefix) :])
        for column in header
        for spec in table["columns"]
        if spec["source"] not in replaced
        for prefix in spec["prefixes"]
        if column.startswith(prefix) and len(column) > len(prefix)
    ]
    return tag_columns, tag_maps


def _version(mapping: dict, format: str, by_normal: dict) -> str:
    """The version a file's columns betray: the first row of mapping.versions whose conditions hold."""

    def has(column):
        return normal(column) in by_normal

    return next(
        v["version"]
        for v in mapping["versions"]
        if v["format"] == format
        and (not v.get("any") or any(map(has, v["any"])))
        and not any(map(has, v.get("none", [])))
    )
