"""SQL from a plan: the one scan that turns a file's lines into typed columns, and the sums over them.

Every name in the SQL is ours (c0, k_ResourceId, m_Unblended …): no text of the bill becomes SQL.
"""

from costdna import columns
from costdna_companion.native.plan import Plan

MONEY = "DECIMAL(38,18)"
LARGEST = 10**15  # a single line beyond this is no cost
ABSENT = -(2**31)
INSTANTS = (("BillingPeriodStart", "p"), ("ChargePeriodStart", "s"), ("ChargePeriodEnd", "e"))

# t is decimal text, d its decimals as written. The engine's cast is exact up to 18 of them (and takes an underscore for
# a digit group, which no bill means); `exact18` (Python) rounds longer text half-even.
MACROS = f"""
CREATE OR REPLACE TEMP MACRO decimals_of(t) AS CASE
  WHEN strpos(t, 'e') = 0 AND strpos(t, 'E') = 0 THEN CASE WHEN strpos(t, '.') = 0 THEN 0 ELSE length(t) - strpos(t, '.') END
  ELSE greatest(0, length(split_part(split_part(lower(t), 'e', 1), '.', 2)) - coalesce(try_cast(split_part(lower(t), 'e', 2) AS INTEGER), 0)) END;
CREATE OR REPLACE TEMP MACRO needed_decimals(t) AS CASE WHEN strpos(lower(t), 'e') = 0 THEN decimals_of(rtrim(t, '0')) ELSE decimals_of(t) END;
CREATE OR REPLACE TEMP MACRO money_of(t, d) AS CASE WHEN d <= 18 AND strpos(t, '_') = 0 THEN try_cast(t AS {MONEY}) ELSE try_cast(exact18(t) AS {MONEY}) END;
CREATE OR REPLACE TEMP MACRO plain_zero(t) AS CASE WHEN ends_with(t, '.0') THEN left(t, length(t) - 2) ELSE t END;
CREATE OR REPLACE TEMP MACRO billion_fold(m) AS CAST(m % 1 AS DECIMAL(19,18)) * CAST(1000000000 AS DECIMAL(10,0));
"""


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


class Select:
    """The SELECTs of one file.

    `names` maps a column of the file to its name in the scan; `live` are the money fields worth adding up.
    """

    def __init__(self, plan: Plan, names: dict[str, str], live: list[str] | None = None):
        self.plan, self.names = plan, names
        self.live = plan.money if live is None else live
        self.mapping = columns.load("mapping")
        self.nulls = self.mapping["null_texts"].get(plan.format, [])

    def text(self, column: str) -> str:
        """The column as text, NULL where empty."""
        type_, sql = self.plan.types[column], self.names[column]
        if type_ in ("FLOAT", "DOUBLE"):
            sql = f"plain_zero(CAST(CAST({sql} AS DOUBLE) AS VARCHAR))"
        elif type_ != "VARCHAR":
            sql = f"CAST({sql} AS VARCHAR)"
        for null in self.nulls:
            sql = f"nullif({sql}, {literal(null)})"
        return f"nullif({sql}, '')"

    def map_text(self, column: str) -> str:
        """A map column as JSON text, NULL where empty."""
        if self.plan.types[column] == "VARCHAR":
            return self.text(column)
        return f"nullif(CAST(to_json({self.names[column]}) AS VARCHAR), '{{}}')"

    def map_value(self, column: str, key: str) -> str:
        if self.plan.types[column].startswith("MAP"):
            return f"nullif({self.names[column]}[{literal(key)}], '')"
        json = self.map_text(column)
        path = literal('$."' + key + '"')
        return f"nullif(CASE WHEN json_valid({json}) THEN json_extract_string({json}, {path}) END, '')"

    def value(self, field: str) -> str | None:
        """The field's text by the mapping table (coalesce, then map keys), NULL where empty.

        None when the file has none of it.
        """
        if field not in self.plan.mapped:
            return None
        maps = self.plan.map_keys[field]
        direct = [c for c in self.plan.mapped[field] if c not in {m for m, _ in maps}]
        parts = [self.text(c) for c in direct] + [self.map_value(c, key) for c, key in maps]
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def instant(self, field: str) -> str:
        """Seconds since the epoch as DOUBLE, NULL when absent or no date."""
        if field not in self.plan.mapped:
            return "CAST(NULL AS DOUBLE)"
        parts = []
        for column in self.plan.mapped[field]:  # the same coalesce as `value`, by instants
            type_, name = self.plan.types[column], self.names[column]
            if type_.startswith("TIMESTAMP") or type_ == "DATE":
                parts.append(f"epoch(CAST({name} AS {'TIMESTAMPTZ' if 'ZONE' in type_ else 'TIMESTAMP'}))")
            else:
                text = f"trim({self.text(column)})"  # the engine would take 26-10-01 for a year of antiquity
                parts.append(
                    f"CASE WHEN {text} LIKE '____-__-__' OR {text} LIKE '____-__-__T__:__%' OR {text} LIKE '____-__-__ __:__%' THEN epoch(try_cast({text} AS TIMESTAMPTZ)) END"
                )
        return f"coalesce({', '.join(parts)})"

    def keys(self) -> list[str]:
        """The key fields present in the file."""
        return [f["name"] for f in self.plan.fields("key") if f["name"] in self.plan.mapped]

    def tags(self) -> str:
        """One text per line that says which tag column holds what, without loss.

        `index:length:value` for each value, then the maps likewise.
        """
        columns_ = [c for c, _, _ in self.plan.tag_columns]
        parts = [
            f"'{i}:' || length({t}) || ':' || {t}"
            for i, t in enumerate([self.text(c) for c in columns_] + [self.map_text(c) for c, _ in self.plan.tag_maps])
        ]
        return f"concat({', '.join(parts)})" if parts else "''"

    def lines(self, scan: str) -> str:
        """SELECT of one row per line: keys, instants, exact money, and what was wrong with it."""
        money = self.plan.money
        quantity = self.value("ConsumedQuantity")
        description = self.value("ChargeDescription")
        inner = [f"{self.value(k)} AS k_{k}" for k in self.keys()] + [f"{self.value(m)} AS t_{m}" for m in money]
        for name, alias in INSTANTS:
            inner += [f"{self.instant(name)} AS {alias}", f"{self.value(name) or 'CAST(NULL AS VARCHAR)'} AS t{alias}"]
        inner += [
            f"try_cast(trim({quantity or 'NULL'}) AS DOUBLE) AS q",
            f"{quantity or 'CAST(NULL AS VARCHAR)'} AS tq",
            f"{description or 'NULL'} AS d",
            f"{self.tags()} AS tags",
        ]
        measured = ["*"] + [f"decimals_of(t_{m}) AS d_{m}" for m in money]
        decoded = (
            ["*"]
            + [f"money_of(t_{m}, d_{m}) AS m_{m}" for m in money]
            + [f"greatest(0, {', '.join(f'd_{m}' for m in money)}) AS most"]
        )
        bad = " ".join(f"WHEN t_{m} IS NOT NULL AND m_{m} IS NULL THEN {i}" for i, m in enumerate(money))
        bad += " " + " ".join(
            f"WHEN t{alias} IS NOT NULL AND {alias} IS NULL THEN {len(money) + i}"
            for i, (_, alias) in enumerate(INSTANTS)
        )
        bad += f" WHEN tq IS NOT NULL AND (q IS NULL OR NOT isfinite(q)) THEN {len(money) + 3}"
        rounded = " + ".join(
            f"CAST(coalesce(d_{m} > 18 AND needed_decimals(t_{m}) > 18, false) AS INTEGER)" for m in money
        )
        flags = " + ".join(f"CASE WHEN {self._flag(f)} THEN {f['bit']} ELSE 0 END" for f in self.mapping["flags"])
        outer = (
            [f"coalesce(k_{k}, {literal(self.default(k))}) AS k_{k}" for k in self.keys()]
            + [f"m_{m}" for m in money]
            + [
                f"CAST(coalesce(floor(p / 86400), {ABSENT}) AS INTEGER) AS period",
                f"CAST(coalesce(floor(s / 86400), {ABSENT}) AS INTEGER) AS day",
                "CASE WHEN e - s > 86400 THEN e END AS long_end",
                "CASE WHEN e - s BETWEEN 0 AND 3600 THEN CAST(floor(s / 3600) AS INTEGER) END AS hour",
                "CASE WHEN isfinite(q) THEN q ELSE 0 END AS q",
                f"CAST({flags} AS INTEGER) AS flags",
                "tags",
                f"CAST(CASE {bad} END AS INTEGER) AS bad",
                "CAST(most AS INTEGER) AS decimals",
                f"CASE WHEN most > 18 THEN {rounded} ELSE 0 END AS rounded",
            ]
        )
        return f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(decoded)} FROM (SELECT {', '.join(measured)} FROM (SELECT {', '.join(inner)} FROM {scan})))"

    def checked(self) -> list[str]:
        """The fields whose values can be bad, in the order of the codes of column `bad`."""
        return self.plan.money + [name for name, _ in INSTANTS] + ["ConsumedQuantity"]

    def default(self, field: str) -> str:
        """The key field's text where the file says nothing."""
        spec = next(f for f in self.mapping["fields"] if f["name"] == field)
        return spec.get("default", {}).get(self.plan.format, "")

    def _flag(self, flag: dict) -> str:
        if "prefix" in flag:
            return f"starts_with(d, {literal(flag['prefix'])})"
        return "q <> 0"

    def collapse(self, table: str) -> str:
        """SELECT of one row per collapse key, with exact sums."""
        keys = [f"k_{k}" for k in self.keys()] + ["period", "day", "long_end", "flags", "tags"]
        sums = ["count(*) AS n", "fsum(q) AS q"] + [f"coalesce(sum(m_{m}), 0) AS m_{m}" for m in self.live]
        priced = "m_PublicOnDemand > 0" if "PublicOnDemand" in self.live else "false"
        if "Unblended" in self.live:
            sums.append(
                f"coalesce(sum(m_Unblended) FILTER (WHERE NOT coalesce({priced}, false)), 0) AS m_UnpricedUnblended"
            )
        sums.append(f"count(*) FILTER (WHERE {priced}) AS priced")
        return f"SELECT {', '.join(keys + sums)} FROM {table} GROUP BY {', '.join(keys)}"

    def summed(self) -> list[str]:
        """Names of the money columns of the collapsed table, the derived one last."""
        return self.live + (["UnpricedUnblended"] if "Unblended" in self.live else [])

    def merge(self, table: str, tag_map: str) -> str:
        """The collapsed table again, its raw tag text replaced by the code of the tag set.

        Several texts may be one set.
        """
        keys = [f"k_{k}" for k in self.keys()] + ["period", "day", "long_end", "flags"]
        sums = ["CAST(sum(n) AS BIGINT) AS n", "fsum(q) AS q", "CAST(sum(priced) AS BIGINT) AS priced"] + [
            f"sum(m_{m}) AS m_{m}" for m in self.summed()
        ]
        return f"SELECT {', '.join(keys)}, code AS tags, {', '.join(sums)} FROM {table} JOIN {tag_map} ON tags = raw GROUP BY {', '.join(keys)}, code"

    def statistics(self, table: str) -> str:
        """One row of what the lines come to.

        Lines, hourly lines, the first field (see `checked`) with a bad value, decimals, rounded, lines without a day;
        then count and sum of each money field.
        """
        parts = [
            "count(*)",
            "count(hour)",
            "min(bad)",
            "max(decimals)",
            "sum(rounded)",
            f"count(*) FILTER (WHERE day = {ABSENT})",
        ]
        for m in self.plan.money:
            parts += [f"count(m_{m})", f"coalesce(sum(m_{m}), 0)", f"min(m_{m})", f"max(m_{m})"]
        return f"SELECT {', '.join(parts)} FROM {table}"

    def _key(self, field: str) -> str:
        return f"k_{field}" if field in self.plan.mapped else literal(self.default(field))

    def _cost(self) -> str:
        return f"m_{self.plan.cost}" if self.plan.cost in self.plan.money else "0"

    def rhythm(self, table: str, classes: str) -> str:
        """SELECT of RHYTHM by dictionary text: provider, account, resource, class, hour of week, cost, hours seen."""
        if "ResourceId" not in self.plan.mapped:
            return ""
        usage = self._key("UsageType")
        return f"""SELECT provider, account, resource, class, (hour + 72) % 168 AS how, CAST(coalesce(sum(cost), 0) AS DOUBLE) AS cost, count(*) AS hours FROM (
            SELECT {self._key("ProviderName")} AS provider, {self._key("SubAccountId")} AS account, k_ResourceId AS resource, class, hour, sum({self._cost()}) AS cost
            FROM {table} JOIN {classes} ON usage = {usage} WHERE k_ResourceId <> '' AND hour IS NOT NULL GROUP BY ALL) GROUP BY ALL"""

    def hours(self, table: str, classes: str) -> str:
        """SELECT of HOURS by dictionary text: hour, service code, service name, account, currency, class, cost, lines."""
        names = {"code": "ServiceCode", "name": "ServiceName", "account": "SubAccountId", "currency": "BillingCurrency"}
        parts = ", ".join(f"{self._key(f)} AS {alias}" for alias, f in names.items())
        return f"""SELECT hour, {parts}, class, CAST(coalesce(sum({self._cost()}), 0) AS DOUBLE) AS cost, count(*) AS n
            FROM {table} JOIN {classes} ON usage = {self._key("UsageType")} WHERE hour IS NOT NULL GROUP BY ALL"""
