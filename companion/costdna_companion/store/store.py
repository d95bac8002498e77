"""One DuckDB file with the readings of bills: loading again changes nothing, a corrected month takes the place of the
old one.
"""

import json
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from costdna.errors import BillError, CostDNAError, UsageError
from costdna_companion.store import explorer
from costdna_companion.store.migrations import current, migrate, now

ORIGINS = ("cur", "focus", "cost-explorer")
_PART = re.compile(r"(?<!\d)\d{1,5}(?=(\.[a-z.]+)?$)")  # -00001; never a date


@dataclass
class Loaded:
    """What a load did: names of files that are new, that were there already, and {old: new} of what was replaced."""

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    replaced: dict[str, str] = field(default_factory=dict)


def is_store(path: Path) -> bool:
    """Whether a path is a store: by its name, or, since one may be called anything, by what a file begins with."""
    if path.suffix.lower() == ".duckdb":
        return True
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:  # a folder, or what cannot be opened: whoever reads it says so
        return False


class Store:
    """A store, opened (and made, or brought up to date) with `Store(path)`; a context manager. Origins stand side by
    side and are never added.

    read_only: several may read it at once, and who may not write it can.
    """

    def __init__(self, path: Path, read_only: bool = False):
        if read_only and not path.is_file():
            raise UsageError(
                f"There is no store {path}.",
                where=str(path),
                next_step="Make one with costdna ingest PATH… --store FILE.duckdb.",
                code="no-file",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        try:
            self.connection = duckdb.connect(str(path), read_only=read_only, config=options)
            if read_only and not current(self.connection):  # bringing it up to date is writing
                self.connection.close()
                self.connection, read_only = duckdb.connect(str(path), config=options), False
        except duckdb.Error as error:
            raise CostDNAError(
                "The store cannot be opened.",
                found=str(error).splitlines()[0],
                where=str(path),
                next_step="Close the program that has it open, or name another file.",
                code="store",
            ) from error
        self.path = path
        self.connection.execute("SET TimeZone = 'UTC'") if _has_zone(self.connection) else None
        if not read_only:
            migrate(self.connection, str(path))

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()

    def load(self, readings: list[dict], add: bool = False, replace: bool = False) -> Loaded:
        """Keep readings. A file that is there already is left alone; of an older file of the same payer, months and
        format the new one takes the place.

        add: these are further parts of months that are there; replace: they are corrections, whatever they are called.
        All of it or nothing. Raises UsageError where a replacement would lose months, or where the new files look like
        further parts of what is there.
        """
        done, fresh = Loaded(), []
        there = {
            r[0]: r
            for r in self.connection.execute(
                "SELECT source_id, name, origin, payer, periods, replaced_by FROM sources"
            ).fetchall()
        }
        for reading in readings:
            meta = reading["meta"]
            old = there.get(meta["source_id"])
            if old and old[5] is None or meta["source_id"] in {r["meta"]["source_id"] for r in fresh}:
                done.known.append(meta["name"])
            else:
                fresh.append(reading)
        given = {r["meta"]["source_id"] for r in readings}
        self.connection.execute("BEGIN")
        try:
            for reading in fresh:
                if not add:
                    self._replace(reading, fresh, there, given, done, replace)
                self._keep(reading)
                done.added.append(reading["meta"]["name"])
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        return done

    def _replace(self, reading: dict, fresh: list[dict], there: dict, given: set, done: Loaded, sure: bool) -> None:
        """Put older files of the same months out of use."""
        mine = _covers(_payer(reading), _periods(reading))
        covered = {
            m
            for r in fresh
            if r["meta"]["format"] == reading["meta"]["format"]
            for m in _covers(_payer(r), _periods(r))
        }
        names = {r["meta"]["name"] for r in fresh}
        for source_id, name, origin, other, periods, gone in list(there.values()):
            old = _covers(other, periods.split(","))
            if gone is not None or source_id in given or origin != reading["meta"]["format"] or not old & mine:
                continue
            if not sure and name not in names and _PART.sub("", name) == _PART.sub("", reading["meta"]["name"]):
                raise UsageError(
                    "This looks like another part of a month that is in the store.",
                    found=f"{reading['meta']['name']} beside {name}",
                    where=str(self.path),
                    next_step="Ingest all parts together, or say --add for a further part, --replace for a correction.",
                    code="parts",
                )
            if old - covered:
                raise UsageError(
                    "The file in the store covers more months than the new one: replacing it would lose them.",
                    found=f"{name} has {periods} of payer {other}",
                    where=str(self.path),
                    next_step="Ingest a file with all of these months, or begin a new store.",
                    code="months",
                )
            self.connection.execute(
                "UPDATE sources SET replaced_by = ?, replaced_at = ? WHERE source_id = ?",
                [reading["meta"]["source_id"], now(), source_id],
            )
            for table in ("arrays", "charges"):
                self.connection.execute(f"DELETE FROM {table} WHERE source_id = ?", [source_id])
            there[source_id] = (source_id, name, origin, other, periods, reading["meta"]["source_id"])
            done.replaced[name] = reading["meta"]["name"]

    def _keep(self, reading: dict) -> None:
        meta = reading["meta"]
        # one that was replaced once and came back
        self.connection.execute("DELETE FROM sources WHERE source_id = ?", [meta["source_id"]])
        self.connection.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)",
            [
                meta["source_id"],
                meta["name"],
                meta["format"],
                meta["version"],
                meta["container"],
                _payer(reading),
                ",".join(_periods(reading)),
                ",".join(sorted(_used(reading, "BillingCurrency"))),
                meta["rows"],
                now(),
                json.dumps(meta, ensure_ascii=False),
            ],
        )
        for name, values in reading["arrays"].items():
            values = np.ascontiguousarray(values)
            self.connection.execute(
                "INSERT INTO arrays VALUES (?, ?, ?, ?, ?)",
                [meta["source_id"], name, values.dtype.str, len(values), zlib.compress(values.tobytes(), 1)],
            )
        self._table(reading)

    def _table(self, reading: dict) -> None:
        """The charges of a reading as a plain table, for questions in SQL."""
        from costdna import money
        from costdna.read import assemble

        bill = assemble([{**reading, "meta": dict(reading["meta"])}])  # which notes what it finds in the meta
        c = bill.charges
        day = lambda values: values.dt.strftime("%Y-%m-%d").where(values.notna(), None)
        frame = c.assign(
            origin=reading["meta"]["format"],
            period=day(c["BillingPeriodStart"]),
            day=day(c["ChargePeriodStart"]),
            billed=money.to_texts(c["BilledCost"], bill.scale),
            effective=money.to_texts(c["EffectiveCost"], bill.scale),
        )
        self.connection.register(
            "incoming",
            frame[
                [
                    "x_SourceId",
                    "origin",
                    "x_ChargeId",
                    "period",
                    "day",
                    "BillingAccountId",
                    "SubAccountId",
                    "ServiceName",
                    "RegionId",
                    "ResourceId",
                    "x_UsageType",
                    "x_Operation",
                    "x_LineItemType",
                    "ChargeCategory",
                    "BillingCurrency",
                    "x_TagSet",
                    "billed",
                    "effective",
                    "ConsumedQuantity",
                ]
            ],
        )
        self.connection.execute("""INSERT INTO charges SELECT x_SourceId, origin, x_ChargeId, CAST(period AS DATE), CAST(day AS DATE), BillingAccountId, SubAccountId, ServiceName, RegionId, ResourceId, x_UsageType, x_Operation,
            x_LineItemType, ChargeCategory, BillingCurrency, x_TagSet, CAST(billed AS DECIMAL(38, 18)), CAST(effective AS DECIMAL(38, 18)), ConsumedQuantity FROM incoming""")
        self.connection.unregister("incoming")

    def origins(self) -> list[str]:
        """Where the money in the store comes from, in the order they are preferred."""
        kept = {
            r[0]
            for r in self.connection.execute("SELECT DISTINCT origin FROM sources WHERE replaced_by IS NULL").fetchall()
        }
        if self.connection.execute("SELECT count(*) FROM cost_explorer").fetchone()[0]:
            kept.add("cost-explorer")
        return [o for o in ORIGINS if o in kept]

    def readings(self, origin: str = "", months: list[str] | None = None) -> list[dict]:
        """The readings of one origin (the first of ORIGINS that is there), as they were loaded. months: only files of
        these (2026-10).
        """
        there = self.origins()
        if not there:
            raise BillError(
                "The store is empty.",
                found="0 files",
                where=str(self.path),
                next_step="Load a bill with costdna ingest.",
                code="empty",
            )
        if origin and origin not in there:
            raise UsageError(
                "The store has nothing from there.",
                found=f"{origin}; there is {', '.join(there)}",
                where=str(self.path),
                next_step="Choose one of those with --source.",
                code="source",
            )
        origin = origin or there[0]
        if origin == "cost-explorer":
            return [explorer.reading(self.connection)]
        out = []
        for source_id, periods, meta in self.connection.execute(
            "SELECT source_id, periods, meta FROM sources WHERE origin = ? AND replaced_by IS NULL ORDER BY source_id",
            [origin],
        ).fetchall():
            if months and not set(months) & set(periods.split(",")):
                continue
            arrays = {
                name: np.frombuffer(zlib.decompress(content), dtype=kind)
                for name, kind, content in self.connection.execute(
                    "SELECT name, kind, content FROM arrays WHERE source_id = ?", [source_id]
                ).fetchall()
            }
            out.append({"meta": json.loads(meta), "arrays": arrays})
        return out

    def load_explorer(self, answers: list[dict]) -> int:
        """Keep answers of Cost Explorer (DAILY, by SERVICE and LINKED_ACCOUNT): the days they cover are replaced.
        Returns the rows kept.
        """
        return explorer.load(self.connection, answers)

    def sources(self) -> list[dict]:
        """Every file ever loaded, newest first, with what took its place."""
        rows = self.connection.execute(
            "SELECT name, origin, version, payer, periods, currency, line_count, loaded_at, coalesce(replaced_by, '') FROM sources ORDER BY loaded_at DESC, name"
        ).fetchall()
        return [
            {
                "name": n,
                "origin": o,
                "version": v,
                "payer": p,
                "months": m,
                "currency": c,
                "rows": r,
                "loaded": f"{t:%Y-%m-%dT%H:%M:%SZ}",
                "state": "replaced" if gone else "in use",
            }
            for n, o, v, p, m, c, r, t, gone in rows
        ]

    def side_by_side(self) -> list[dict]:
        """Month × origin × currency: billed cost of each, beside the other, never added. Decimal texts."""
        rows = self.connection.execute("""SELECT month, origin, currency, CAST(sum(cost) AS VARCHAR) FROM (
            SELECT strftime(coalesce(billing_period, day), '%Y-%m') AS month, origin, currency, billed_cost AS cost FROM charges
            UNION ALL SELECT strftime(day, '%Y-%m'), 'cost-explorer', currency, unblended FROM cost_explorer) GROUP BY ALL ORDER BY ALL""").fetchall()
        return [{"month": m, "origin": o, "currency": c, "cost": explorer.trimmed(v)} for m, o, c, v in rows]


def _has_zone(connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM duckdb_settings() WHERE name = 'TimeZone'").fetchone()[0])


def _used(reading: dict, field_: str) -> set[str]:
    codes = reading["arrays"].get(f"codes.{field_}")
    if codes is None:
        return set()
    names = reading["meta"]["dictionaries"][field_]
    return {names[int(c)] for c in np.unique(codes)} - {""}


def _payer(reading: dict) -> str:
    return ",".join(sorted(_used(reading, "PayerAccountId")))


def _covers(payer: str, periods: list[str]) -> set[tuple[str, str]]:
    return {(p, m) for p in payer.split(",") for m in periods}


def _periods(reading: dict) -> list[str]:
    """Billing months of a reading, such as 2026-10; of its days where it says none."""
    for name in ("period", "day"):
        days = np.asarray(reading["arrays"].get(name, np.zeros(0, dtype="int32")), dtype="int64")
        days = days[days > -(2**31)]
        if len(days):
            return sorted({str(m) for m in np.unique(days.astype("datetime64[D]").astype("datetime64[M]"))})
    return [""]
