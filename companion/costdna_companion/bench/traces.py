"""Public cluster traces in their published formats, as tables whose owner column can be audited and guessed.

azure-vm  vmtable.csv[.gz] of AzurePublicDataset V1 or V2, no header: VM id, subscription, deployment, created, deleted,
          max, average and P95 CPU, category, cores, memory (numbers in V1, buckets such as ">24" in V2). Owner:
          subscription.
philly    cluster_job_log of philly-traces, a JSON list of jobs: vc, user, status, submitted_time, attempts. Owner:
virtual cluster. alibaba   container_meta.csv[.gz] of cluster-trace-v2018, no header: container, machine, time, app_du,
status, CPU request and
          limit, memory. Owner: deploy unit (app_du).

The traces themselves are not part of this project. Each row becomes a resource; its columns become groups and numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from collections.abc import Callable

import numpy as np
import pandas as pd

from costdna.audit import Audit, audit
from costdna.errors import BillError, UsageError
from costdna.features import BILL_FEATURES, X_WIDTH, rank_gauss

from . import metrics
from .account import Account
from .answer import answers

AZURE = tuple("vm subscription deployment created deleted max_cpu average_cpu p95_cpu category cores memory".split())
ALIBABA = ("container", "machine", "time", "app_du", "status", "cpu_request", "cpu_limit", "memory")


@dataclass(frozen=True)
class Trace:
    """``frame``: one row a resource; ``owner`` its label column, ``id`` a column that only names the row (not used).

    ``kinds``: column → registry kind of its groups; ``numbers``: column → feature name; ``more``: x_Row, x_Kind,
    x_Group memberships that no column holds (a job's machines).
    """

    frame: pd.DataFrame
    owner: str
    id: str
    kinds: dict[str, str]
    numbers: dict[str, str]
    more: pd.DataFrame | None = None


def azure_vm(path: Path) -> Trace:
    """vmtable.csv of the Azure VM trace."""
    frame = _headless(path, AZURE)
    for name in ("created", "deleted", "max_cpu", "average_cpu", "p95_cpu"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    cores = pd.to_numeric(frame["cores"].str.lstrip(">"), errors="coerce").fillna(1.0)
    frame["alive"] = (frame["deleted"] - frame["created"]).clip(lower=0)
    frame["core_hours"] = frame["alive"] / 3600.0 * cores
    return Trace(
        frame, "subscription", "vm", {"deployment": "stack", "created": "co_start", "category": "resource_type", "cores": "usage_type", "memory": "operation"},
        {"core_hours": "log_billed", "alive": "days_alive", "created": "first_day", "deleted": "last_day", "max_cpu": "peak_to_mean", "average_cpu": "cost_per_hour", "p95_cpu": "day_to_day_variation"},
    )  # fmt: skip


def philly(path: Path) -> Trace:
    """cluster_job_log of the Philly trace."""
    try:
        jobs = json.loads(path.read_bytes())
        assert isinstance(jobs, list) and all(isinstance(job, dict) and "vc" in job for job in jobs[:100])
    except (ValueError, AssertionError) as error:
        raise BillError(
            f"{path} is no Philly job log.",
            found=str(error)[:100] or "no list of jobs with vc",
            where=str(path),
            next_step="Give cluster_job_log, a JSON list of jobs.",
            code="unreadable",
        ) from error
    rows, links = [], []
    for number, job in enumerate(jobs):
        attempts = [a for a in job.get("attempts") or [] if a]
        start = [a.get("start_time") for a in attempts if a.get("start_time")]
        end = [a.get("end_time") for a in attempts if a.get("end_time")]
        detail = [d for a in attempts for d in a.get("detail") or []]
        links += [(number, "cluster", str(d["ip"])) for d in detail if d.get("ip")]
        rows.append({"job": str(job.get("jobid", number)), "vc": str(job["vc"] or ""), "user": str(job.get("user") or ""), "status": str(job.get("status") or ""), "submitted": job.get("submitted_time"),
                     "attempts": float(len(attempts)), "gpus": float(max([len(d.get("gpus") or []) for d in detail], default=0)), "start": min(start, default=None), "end": max(end, default=None)})  # fmt: skip
    frame = pd.DataFrame(rows)
    submitted, start, end = (
        pd.to_datetime(frame[name], errors="coerce", format="%Y-%m-%d %H:%M:%S")
        for name in ("submitted", "start", "end")
    )
    frame["hours"] = ((end - start).dt.total_seconds() / 3600.0).clip(lower=0)
    frame["day"] = (submitted - submitted.min()).dt.total_seconds() / 86400.0
    frame["hour"] = submitted.dt.hour.astype("Int64").astype(str).replace("<NA>", "")
    frame["width"] = frame["gpus"].astype(int).astype(str)
    frame = frame.drop(columns=["submitted", "start", "end"])
    more = pd.DataFrame(links, columns=["x_Row", "x_Kind", "x_Group"]).astype({"x_Row": "int64"}).drop_duplicates()
    return Trace(frame, "vc", "job", {"user": "actor", "status": "operation", "hour": "schedule", "width": "usage_type"},
                 {"hours": "days_alive", "day": "first_day", "attempts": "charge_rows", "gpus": "cost_per_hour"}, more)  # fmt: skip


def alibaba(path: Path) -> Trace:
    """container_meta.csv of the Alibaba trace; a container's first line stands for it."""
    frame = _headless(path, ALIBABA).drop_duplicates("container").reset_index(drop=True)
    for name in ("time", "cpu_request", "cpu_limit", "memory"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["size"] = frame["cpu_request"].astype(str) + "/" + frame["cpu_limit"].astype(str)
    frame["memory_size"] = frame["memory"].round(2).astype(str)
    return Trace(frame, "app_du", "container", {"machine": "cluster", "time": "co_start", "status": "operation", "size": "usage_type", "memory_size": "resource_type"},
                 {"cpu_request": "cost_per_hour", "cpu_limit": "peak_to_mean", "memory": "log_billed", "time": "first_day"})  # fmt: skip


FORMS: dict[str, Callable[[Path], Trace]] = {"azure-vm": azure_vm, "philly": philly, "alibaba": alibaba}


def _headless(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
    except (ValueError, OSError, EOFError) as error:
        raise BillError(
            f"{path} cannot be read as CSV.",
            found=str(error).splitlines()[0],
            where=str(path),
            next_step="Give the file as published, gzipped or not.",
            code="unreadable",
        ) from error
    if len(frame.columns) != len(names):
        raise BillError(
            f"{path} is not in the published format.",
            found=f"{len(frame.columns)} columns",
            where=str(path),
            next_step=f"It has {len(names)} columns without a header: {', '.join(names)}.",
            code="unreadable",
        )
    frame.columns = list(names)
    return frame


def load(form: str, path: Path, top: int = 25, most: int = 200, seed: int = 0) -> Trace:
    """The trace at ``path``: its ``top`` largest owners, at most ``most`` rows of each, drawn by ``seed``."""
    if form not in FORMS:
        raise UsageError(
            "There is no such trace.", found=form, next_step=f"Choose from {', '.join(FORMS)}.", code="trace"
        )
    if not path.is_file():
        raise BillError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
    trace = FORMS[form](path)
    owner = trace.frame[trace.owner]
    counts = owner[owner != ""].value_counts()
    large = counts.sort_index().sort_values(ascending=False, kind="stable").index[:top]
    shuffled = np.random.default_rng([seed, 1509]).permutation(len(owner))
    rank = owner.iloc[shuffled].groupby(owner.iloc[shuffled]).cumcount().reindex(owner.index)
    keep = np.flatnonzero((owner.isin(large) & (rank < most)).to_numpy())
    if len(keep) < 20 or len(large) < 2:
        raise BillError(
            "The trace is too small to measure on.",
            found=f"{len(keep)} rows of {len(large)} owners",
            where=str(path),
            next_step="At least 20 rows and 2 owners are needed.",
            code="too-small",
        )
    more = trace.more
    if more is not None:
        place = pd.Series(np.arange(len(keep)), index=keep)
        more = (
            more.loc[more["x_Row"].isin(keep)]
            .assign(x_Row=lambda part: place.reindex(part["x_Row"]).to_numpy().astype(np.int64))
            .reset_index(drop=True)
        )
    return Trace(trace.frame.iloc[keep].reset_index(drop=True), trace.owner, trace.id, trace.kinds, trace.numbers, more)


def examine(trace: Trace) -> Audit:
    """The audit of a trace: every column but the row's own id, and the memberships."""
    return audit(trace.frame, trace.owner, relations=trace.more, forbidden=(trace.id,))


def account(trace: Trace, without: set[str]) -> Account:
    """The trace as an account, the named columns and relation kinds left out."""
    count = len(trace.frame)
    parts = [
        pd.DataFrame(
            {
                "x_OwnableId": np.arange(count, dtype=np.int64),
                "x_Kind": kind,
                "x_Group": trace.frame[column].astype(str),
            }
        ).loc[lambda part: ~part["x_Group"].isin(("", "nan"))]
        for column, kind in trace.kinds.items()
        if column not in without
    ]
    if trace.more is not None:
        parts.append(trace.more.loc[~trace.more["x_Kind"].isin(without)].rename(columns={"x_Row": "x_OwnableId"}))
    relations = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame({"x_OwnableId": np.zeros(0, np.int64), "x_Kind": [], "x_Group": []})
    )
    raw = np.full((count, len(BILL_FEATURES)), np.nan)
    for column, feature in trace.numbers.items():
        if column not in without:
            raw[:, BILL_FEATURES.index(feature)] = trace.frame[column].to_numpy(dtype=np.float64)
    x = np.zeros((count, X_WIDTH), dtype=np.float32)
    x[:, : len(BILL_FEATURES)] = rank_gauss(raw)
    x[:, X_WIDTH - 2] = 1.0
    ownables = pd.DataFrame(
        {
            "x_OwnableId": np.arange(count, dtype=np.int64), "x_IsSynthetic": False, "BilledCost": 1, "EffectiveCost": 1, "x_NameTokens": [[]] * count,
            "x_FirstSeen": pd.Timestamp("2026-01-01"), "x_LastSeen": pd.Timestamp("2026-01-02"),
        }
    )  # fmt: skip
    truth = trace.frame[trace.owner].to_numpy(dtype=object)
    return Account(
        ownables, relations, pd.DataFrame(), pd.DataFrame(), truth, np.arange(count).astype(str).astype(object), x=x
    )


def run(
    form: str,
    path: Path,
    *,
    session,
    methods: list[str],
    splits: int = 5,
    labelled: float = 0.5,
    top: int = 25,
    most: int = 200,
    say=lambda text: None,
) -> dict:
    """Audit, remove what leaks, measure.

    ``rows``: a method with its honest accuracy first (whole units held out, leaks removed), the flattering ones beside
    it.
    """
    from .ownership import split

    trace = load(form, path, top, most)
    found = examine(trace)
    leaks = set(found.leaks)
    clean, everything = account(trace, leaks), account(trace, set())
    unit = trace.frame[found.unit].to_numpy(dtype=object) if found.unit in trace.frame else _identical(trace, leaks)
    alone = np.arange(len(trace.frame)).astype(str).astype(object)
    lines = []
    for seed in range(splits):
        for view, world, by in (("honest", clean, unit), ("random", clean, alone), ("inflated", everything, alone)):
            shown = split(by.astype(str), labelled, seed)
            for method in methods:
                answer, teams = answers(
                    method, world, np.flatnonzero(shown), world.truth[shown], np.flatnonzero(~shown), by, seed, session
                )
                column = {team: index for index, team in enumerate(teams)}
                target = np.array([column.get(team, -1) for team in world.truth[~shown]], dtype=np.int64)
                right = answer.p.argmax(1) == target
                lines.append(
                    {
                        "method": method,
                        "view": view,
                        "split": seed,
                        "accuracy": float(right.mean()),
                        "aurc": metrics.aurc(answer.sure, right),
                    }
                )
        say(f"{form}: split {seed + 1} of {splits}")
    frame = pd.DataFrame(lines)
    rows = []
    for method in methods:
        row: dict = {"method": method}
        for view in ("honest", "random", "inflated"):
            mine = frame[(frame["method"] == method) & (frame["view"] == view)]["accuracy"]
            row |= {
                f"{view}_accuracy": round(float(mine.mean()), 6),
                f"{view}_accuracy_sd": round(float(mine.std(ddof=0)), 6),
            }
        rows.append(row)
    notes = [
        f"{len(trace.frame):,} rows of {trace.frame[trace.owner].nunique()} owners ({trace.owner}); chance is {1 / trace.frame[trace.owner].nunique():.1%}",
        f"honest: held out by {found.unit}, without {', '.join(found.leaks) or 'anything (nothing leaks)'}",
        *(f"! {key} gives {trace.owner} away: {row['x_Pure']:.3f} of {row['x_Repeated']:,} repeated values decide it ({row['x_PureByChance']:.3f} by chance), {row['x_JoinSolvable']:.1%} of rows by a plain join"
          for key, row in found.keys.set_index("x_Key").iterrows() if key in leaks),
    ]  # fmt: skip
    return {"trace": form, "rows": rows, "notes": notes, "audit": found.to_dict(), "splits": lines}


def _identical(trace: Trace, leaks: set[str]) -> np.ndarray:
    """Rows alike in all columns that are used are held out together."""
    columns = [column for column in trace.kinds if column not in leaks]
    return (
        trace.frame.groupby(columns, sort=True).ngroup().to_numpy().astype(str).astype(object)
        if columns
        else np.arange(len(trace.frame)).astype(str).astype(object)
    )
