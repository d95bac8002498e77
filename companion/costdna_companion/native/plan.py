"""Which column of a file feeds which field: the mapping table applied to one header."""

from dataclasses import dataclass, field

from costdna import columns
from costdna.columns import normal
from costdna.errors import BillError

# What a FOCUS version added, newest first: the newest version with one of its own columns present is the file's.
_FOCUS_MARKS = (
    ("FOCUS 1.3", ("ServiceProviderName", "HostProviderName", "AllocatedMethodId", "AllocatedResourceId", "ContractApplied")),
    ("FOCUS 1.2", ("InvoiceId", "PricingCurrency", "BillingAccountType", "SubAccountType", "PricingCurrencyEffectiveCost")),
    ("FOCUS 1.1", ("CapacityReservationId", "CommitmentDiscountQuantity", "ServiceSubcategory", "SkuMeter", "SkuPriceDetails")),
)
_CUR2_MARKS = ("resource_tags", "cost_category", "product", "discount", "tags", "bill_payer_account_name", "line_item_usage_account_name", "line_item_iam_principal")


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
        """The money field of RHYTHM and HOURS: the format's cost column, or the net one of a bill that has no other."""
        wanted = columns.load("mapping")["cost_column"][self.format]
        return wanted if wanted in self.mapped else next(m for m in ("NetUnblended", "EffectiveCost") if m in self.mapped)

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
        found = [c for spelling in spec[format] for c in by_normal.get(normal(spelling), [])]
        keys = [(c, key) for map_name, names in spec.get("map_keys", {}).items() for c in by_normal.get(normal(map_name), []) for key in names] if format == "cur" else []
        if found or keys:
            mapped[spec["name"]] = list(dict.fromkeys(found + [c for c, _ in keys]))
            map_keys[spec["name"]] = keys
        else:
            absent.append(spec["name"])
    tag_columns, tag_maps = _tags(mapping["tags"], header, by_normal, format)
    return Plan(format, _version(format, header), list(header), types or {c: "VARCHAR" for c in header}, mapped, map_keys, absent, tag_columns, tag_maps)


def _format(mapping: dict, by_normal: dict, name: str) -> str:
    for format, needed in mapping["formats"].items():
        if all(any(normal(choice) in by_normal for choice in column.split("|")) for column in needed):
            return format
    # A bill that lost its cost columns is worth telling from a file that is no bill: it knows most other fields.
    for format in mapping["formats"]:
        others = [f for f in mapping["fields"] if f[format] and f["kind"] != "money"]
        known = sum(any(normal(s) in by_normal for s in f[format]) for f in others)
        if known >= 4:
            missing = [c.replace("|", " or ") for c in mapping["formats"][format] if not any(normal(x) in by_normal for x in c.split("|"))]
            raise BillError("The bill has no cost column we know.", found=f"{len(by_normal)} columns, without {' and '.join(missing)}", where=name,
                            next_step="Export it again with the standard columns, or restore the column's name.", code="no-cost")
    raise BillError("This is not a cloud bill we know.", found="columns " + ", ".join(list(by_normal)[:6]), where=name,
                    next_step="Drop an AWS Cost and Usage Report (CUR), a CUR 2.0 data export or a FOCUS file.", code="not-a-bill")


def _tags(table: dict, header: list[str], by_normal: dict, format: str):
    tag_maps, replaced = [], set()
    for spec in table["maps"]:
        if format not in spec["formats"] or spec["source"] in replaced:
            continue
        found = [c for name in spec["columns"] for c in by_normal.get(normal(name), [])]
        tag_maps += [(c, spec["source"]) for c in found]
        if found:
            replaced |= set(spec.get("replaces", []))
    tag_columns = [
        (column, spec["source"], column[len(prefix):])
        for column in header
        for spec in table["columns"]
        if spec["source"] not in replaced
        for prefix in spec["prefixes"]
        if column.startswith(prefix) and len(column) > len(prefix)
    ]
    return tag_columns, tag_maps


def _version(format: str, header: list[str]) -> str:
    names = set(header)
    if format == "cur":
        return "CUR 2.0" if not any("/" in c for c in header) and names & set(_CUR2_MARKS) else "CUR 1"
    version = next((v for v, marks in _FOCUS_MARKS if names & set(marks)), "FOCUS 1.0")
    return "FOCUS 1.4" if version == "FOCUS 1.3" and not names & {"ProviderName", "PublisherName"} else version
