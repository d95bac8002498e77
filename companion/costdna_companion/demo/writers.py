"""Writing the demo bill: CUR v1, CUR 2.0 and FOCUS 1.2 through DuckDB, each a SELECT over the same two tables.

Money is decimal text of ten places in CSV and DOUBLE in Parquet, as AWS writes it. Bytes depend on the bill only.
"""

from __future__ import annotations

import gzip
import json
import shutil
import uuid
import zipfile
from pathlib import Path

import duckdb

from costdna_companion.demo import columns, focus
from costdna_companion.demo.bill import Bill

FIXED_TIME = (2026, 10, 3, 4, 5, 6)  # what ZIP entries say, so that the same bill is the same bytes


class Writer:
    """One bill loaded into one DuckDB connection, and a method per format."""

    def __init__(self, bill: Bill):
        self.bill = bill
        self.db = duckdb.connect(
            config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        self.db.execute("SET TimeZone = 'UTC'")
        names = {number: alias for alias, number in bill.world.accounts.items()}
        lines = bill.lines.assign(account_name=bill.lines["account"].map(names))
        rows = bill.rows.assign(seq=range(len(bill.rows)))
        for name, frame in (("lines", lines), ("rows", rows)):
            self.db.register("frame", frame)
            self.db.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
            self.db.unregister("frame")
        following = f"{bill.year + bill.month // 12}-{bill.month % 12 + 1:02d}-01"
        self.facts = {
            "month": f"TIMESTAMP '{bill.year}-{bill.month:02d}-01'",
            "month_end": f"TIMESTAMP '{following}'",
            "payer": bill.world.payer,
            "invoice": f"{1000000000 + bill.seed}",
        }
        self.period = f"{bill.year}{bill.month:02d}01-{following.replace('-', '')}"
        self.execution = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"demo-{bill.seed}-{bill.year}-{bill.month}"))

    def _filled(self, expression: str) -> str:
        for name, value in self.facts.items():
            expression = expression.replace("{" + name + "}", value)
        return expression

    def select(
        self,
        chosen: list[tuple[str, str]],
        rows: str = "rows",
        where: str = "true",
        iso: bool = False,
        double: bool = False,
    ) -> str:
        """The SELECT of one export, ordered. ``iso``: timestamps as text; ``double``: decimals as DOUBLE."""
        inner = ", ".join(f'{self._filled(expression)} AS "{name}"' for name, expression in chosen)
        body = f"SELECT {inner} FROM {rows} r JOIN lines l USING (line) WHERE {where} ORDER BY r.seq" + (
            ", r.part" if rows != "rows" else ""
        )
        kinds = {row[0]: row[1] for row in self.db.execute(f"DESCRIBE {body}").fetchall()}
        outer = []
        for name, kind in kinds.items():
            if iso and kind == "TIMESTAMP":
                outer.append(f'strftime("{name}", \'%Y-%m-%dT%H:%M:%SZ\') AS "{name}"')
            elif iso and kind.startswith("MAP"):
                outer.append(f'to_json("{name}")::VARCHAR AS "{name}"')
            elif double and kind.startswith("DECIMAL"):
                outer.append(f'"{name}"::DOUBLE AS "{name}"')
            else:
                outer.append(f'"{name}"')
        return f"SELECT {', '.join(outer)} FROM ({body})"

    def csv(self, path: Path, query: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = path.with_suffix(".tmp")
        self.db.execute(f"COPY ({query}) TO '{_quoted(plain)}' (FORMAT csv, HEADER, NULLSTR '')")
        with plain.open("rb") as source, path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as target:
            shutil.copyfileobj(source, target, 2**20)
        plain.unlink()
        return path

    def parquet(self, path: Path, query: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db.execute(
            f"COPY ({query}) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 10000000)"
        )
        return path

    def v1_columns(self, net: bool) -> list[tuple[str, str]]:
        return [(name, expression) for name, expression, only_net in columns.CUR_V1 if net or not only_net]

    def cur_v1(self, path: Path, net: bool = False, where: str = "true") -> Path:
        """CUR v1 CSV.gz with slash names; net columns exist only on the net basis."""
        return self.csv(path, self.select(self.v1_columns(net), where=where, iso=True))

    def cur_v1_parquet(self, path: Path, net: bool = False) -> Path:
        """CUR v1 Parquet with Athena's names, one row group."""
        chosen = [
            (columns.snake(name).replace("_arn", "_a_r_n"), expression) for name, expression in self.v1_columns(net)
        ]
        return self.parquet(path, self.select(chosen, double=True))

    def cur_v1_zip(self, path: Path) -> Path:
        """A ZIP of one CSV, as CUR v1 delivers it."""
        source = self.cur_v1(path.with_suffix(".csv.gz"))
        entry = zipfile.ZipInfo(path.stem + ".csv", FIXED_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(path, "w") as target, gzip.open(source) as data, target.open(entry, "w") as sink:
            shutil.copyfileobj(data, sink, 2**20)
        source.unlink()
        return path

    def cur2_parquet(self, path: Path, net: bool = False, where: str = "true") -> Path:
        """CUR 2.0 Parquet: real maps, one row group, snappy."""
        return self.parquet(path, self.select(columns.cur2(net), where=where, double=True))

    def cur2_csv(self, path: Path, net: bool = False) -> Path:
        """CUR 2.0 CSV.gz: maps as JSON text."""
        return self.csv(path, self.select(columns.cur2(net), iso=True))

    def focus(self, path: Path) -> Path:
        """FOCUS 1.2 CSV.gz on the gross basis."""
        return self.csv(path, self.select(focus.COLUMNS, rows=focus.ROWS, iso=True))

    def _halves(self, parts: int) -> list[str]:
        total = len(self.bill.rows)
        cuts = [total * i // parts for i in range(parts + 1)]
        return [f"r.seq >= {a} AND r.seq < {b}" for a, b in zip(cuts, cuts[1:])]

    def cur_v1_parts(self, folder: Path, parts: int = 3) -> list[Path]:
        """CUR v1 in several files under its assembly id, with the manifest that lists them."""
        report, root = "demo", folder / "demo" / self.period
        assembly = self.execution
        files = [
            self.cur_v1(root / assembly / f"{report}-{i:05d}.csv.gz", where=where)
            for i, where in enumerate(self._halves(parts), 1)
        ]
        listed = [
            {"category": category, "name": name}
            for category, name in (n.split("/", 1) for n, _ in self.v1_columns(False))
        ]
        start, end = self.period.split("-")
        manifest = {
            "assemblyId": assembly, "account": self.bill.world.payer, "columns": listed, "charset": "UTF-8", "compression": "GZIP", "contentType": "text/csv",
            "reportId": "d" * 64, "reportName": report, "billingPeriod": {"start": f"{start}T000000.000Z", "end": f"{end}T000000.000Z"}, "bucket": "fernweh-billing-exports",
            "reportKeys": [str(f.relative_to(folder).as_posix()) for f in files], "additionalArtifactKeys": [],
        }  # fmt: skip
        text = json.dumps(manifest, indent=2)
        for place in (root, root / assembly):
            (place / f"{report}-Manifest.json").write_text(text)
        return [*files, root / f"{report}-Manifest.json"]

    def cur2_parts(self, folder: Path, parts: int = 2) -> list[Path]:
        """A Data Exports delivery: several Parquet files of one execution, and its manifest."""
        period = f"BILLING_PERIOD={self.bill.year}-{self.bill.month:02d}"
        root = folder / "demo2" / "data" / period / f"2026-10-03T04:05:06.007Z-{self.execution}"
        files = [
            self.cur2_parquet(root / f"demo2-{i:05d}.snappy.parquet", where=where)
            for i, where in enumerate(self._halves(parts), 1)
        ]
        described = self.db.execute("DESCRIBE " + self.select(columns.cur2(False), double=True)).fetchall()
        manifest = {
            "executionId": self.execution, "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{self.bill.world.payer}:export/demo2",
            "columns": [{"name": r[0], "type": r[1].lower()} for r in described],
            "dataFiles": [f"s3://fernweh-billing-exports/{f.relative_to(folder).as_posix()}" for f in files], "period": period.split("=")[1], "additionalOutputFiles": [],
        }  # fmt: skip
        path = folder / "demo2" / "metadata" / period / "demo2-Manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(manifest, indent=2))
        return [*files, path]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
