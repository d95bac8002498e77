"""Bills that AWS delivers to S3 (CUR v1, CUR 2.0 and FOCUS exports) → one folder a month that holds exactly its newest
run.

A run is what one manifest lists: of CUR v1 by assembly id, of Data Exports by execution id (or by the manifest's own
version where every run overwrites the last). What no manifest lists is not read: a synced prefix holds many runs of a
month, and adding them up is the double count that people really make. Incremental: a month whose run has not changed is
not fetched again; a closed month is looked at for two weeks after its end, for AWS still corrects it, once more after
that, and then left alone.
"""

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from costdna.errors import CostDNAError, UsageError
from costdna_companion.collect.bucket import _listed, parse

PERMISSIONS = ("s3:ListBucket", "s3:GetObject")
SETTLED = dt.timedelta(days=14)
_NEVER = "1970-01-01T00:00:00+00:00"
_MANIFEST = re.compile(r"-Manifest\.json$", re.I)
_V1_PERIOD = re.compile(r"^(\d{4})(\d{2})\d{2}-\d{8}$")
_PARTITION = re.compile(r"^billing_period=(\d{4}-\d{2})", re.I)
_DATA = re.compile(r"\.(csv\.gz|csv|zip|parquet)$", re.I)


@dataclass
class Run:
    """One month of one report: its newest manifest and what that lists. why: the reason it cannot be fetched now, or
    "".
    """

    report: str
    period: str
    manifest: dict
    id: str = ""
    files: list[dict] = field(default_factory=list)
    why: str = ""

    @property
    def mark(self) -> str:
        """What changes when the run does: its id and every file's ETag."""
        return hashlib.sha256(json.dumps([self.id, [[f["Key"], f["ETag"]] for f in self.files]]).encode()).hexdigest()[
            :16
        ]


def sync(
    client,
    address: str,
    folder: Path,
    now: dt.datetime,
    months: set[str] | None = None,
    tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[dict]:
    """Fetch what is new under `address` into `folder`/<report>/<YYYY-MM>/; a row a month: report, period, status, run,
    files, bytes, detail.

    status: fetched, unchanged, settled, unfinished, stopped. client: boto3's S3. now: UTC. months: only these
    (YYYY-MM). A month is swapped in whole; until then the former run stays. Raises UsageError where there is no
    manifest, CostDNAError where S3 refuses.
    """
    bucket, prefix = parse(address)
    listed = {o["Key"]: o for o in _listed(client, bucket, prefix)}
    newest = _newest(listed)
    if not newest:
        raise UsageError(
            "No bill is delivered here.",
            found=f"{len(listed):,} objects, none a manifest",
            where=address,
            next_step="Give the bucket and prefix of the report or export; its first delivery takes a day.",
            code="no-manifest",
        )
    # beside it: what reads the folder must never see half a run, or two
    work = folder.with_name(f".{folder.name}.fetching")
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    state_path = work / "state.json"
    state = json.loads(state_path.read_text(encoding="utf-8")) if state_path.exists() else {}
    out = []
    for (report, period), key in sorted(newest.items()):
        row = {
            "report": report,
            "period": period,
            "status": "unchanged",
            "run": "",
            "files": 0,
            "bytes": 0,
            "detail": "",
        }
        if months and period not in months:
            continue
        at, home = f"{address} {report} {period}", folder / _safe(report) / period
        known = state.get(at, {}) if home.is_dir() else {}
        if known and _over(period, dt.datetime.fromisoformat(known.get("seen", _NEVER))):
            out.append(
                {
                    **row,
                    "status": "settled",
                    "run": known["run"],
                    "files": known["files"],
                    "detail": "closed for two weeks: not looked at again",
                }
            )
            continue
        run = _run(client, bucket, report, period, listed[key], listed)
        row |= {"run": run.id, "files": len(run.files)}
        if run.why:
            out.append({**row, "status": "unfinished", "detail": run.why + ("; the former run stays" if known else "")})
        elif known.get("mark") == run.mark:
            out.append(row)
            state[at] = {**known, "seen": now.isoformat()}
            _write(state_path, json.dumps(state, indent=1, sort_keys=True))
        elif stop():
            out.append({**row, "status": "stopped", "detail": "the next run goes on"})
        else:
            size = _fetched(client, bucket, run, home, work, tell)
            state[at] = {
                "mark": run.mark,
                "run": run.id,
                "files": len(run.files),
                "manifest": key,
                "seen": now.isoformat(),
            }
            _write(state_path, json.dumps(state, indent=1, sort_keys=True))
            out.append(
                {**row, "status": "fetched", "bytes": size, "detail": "replaces the former run" if known else ""}
            )
    return out


def _newest(listed: dict[str, dict]) -> dict[tuple[str, str], str]:
    """(report, period) → key of its newest manifest. A run's manifest is written after all its files."""
    out: dict[tuple[str, str], str] = {}
    for key, item in sorted(listed.items()):
        if not _MANIFEST.search(key):
            continue
        report, period = _MANIFEST.sub("", key.rpartition("/")[2]), _period(key)
        if (
            period
            and (report, period) not in out
            or period
            and (item["LastModified"], key) > (listed[out[report, period]]["LastModified"], out[report, period])
        ):
            out[report, period] = key
    return out


def _period(key: str) -> str:
    """YYYY-MM of a key, by its folders; empty where none says so.

    >>> _period("cur/daily/20260901-20261001/8f2c/daily-Manifest.json"), _period("p/focus/metadata/BILLING_PERIOD=2026-09/focus-Manifest.json"), _period("x-Manifest.json")
    ('2026-09', '2026-09', '')
    """
    parts = key.split("/")
    for part in parts:
        v1, export = _V1_PERIOD.match(part), _PARTITION.match(part)
        if v1 or export:
            return f"{v1[1]}-{v1[2]}" if v1 else export[1]
    year, month = (
        next((p.partition("=")[2] for p in parts if p.lower().startswith(name)), "") for name in ("year=", "month=")
    )
    return f"{year}-{int(month):02d}" if year.isdigit() and month.isdigit() else ""


def _run(client, bucket: str, report: str, period: str, manifest: dict, listed: dict[str, dict]) -> Run:
    from botocore.exceptions import BotoCoreError, ClientError

    run = Run(report, period, manifest)
    try:
        content = json.loads(client.get_object(Bucket=bucket, Key=manifest["Key"])["Body"].read())
    except (ClientError, BotoCoreError) as error:
        raise CostDNAError(
            "A bill's manifest cannot be read.",
            found=str(error),
            where=f"s3://{bucket}/{manifest['Key']}",
            next_step="The read role needs s3:GetObject there.",
            code="s3",
        ) from error
    except ValueError:
        run.why = "its manifest is no JSON"
        return run
    keys = [_key(k, bucket) for k in content.get("reportKeys") or content.get("dataFiles") or []]
    run.id = str(content.get("assemblyId") or _execution(manifest["Key"], keys) or manifest["ETag"].strip('"'))
    missing = [k for k in keys if k not in listed]
    if not keys or missing:
        run.why = f"its manifest lists {missing[0]}, which is not there" if missing else "its manifest lists no file"
        return run
    run.files = [listed[k] for k in sorted(keys)]
    later = [f["Key"] for f in run.files if f["LastModified"] > manifest["LastModified"]]
    if later:
        run.why = f"{later[0]} is younger than the manifest: a run is being written"
    return run


def _key(text: str, bucket: str) -> str:
    """The key of a manifest's entry, which may be a whole address. An export never lists another bucket's file."""
    if not text.startswith("s3://"):
        return text
    home, key = parse(text)
    if home != bucket:
        raise CostDNAError(
            "A manifest lists a file of another bucket.",
            found=text,
            next_step="Give the export's own bucket.",
            code="manifest",
        )
    return key


def _execution(manifest: str, keys: list[str]) -> str:
    """The execution's folder, which a run that overwrites has not: the folder below the period's that manifest and
    files share, or the files' own.
    """
    for key in (manifest, *keys):
        parts = key.split("/")
        at = next((n for n, p in enumerate(parts) if _PARTITION.match(p)), None)
        if at is not None and at + 2 < len(parts):
            return parts[at + 1]
    return ""


def _over(period: str, seen: dt.datetime) -> bool:
    """Whether a month had ended more than two weeks ago when it was last looked at: a run fetched before that is not
    its last.
    """
    year, month = map(int, period.split("-"))
    return seen >= dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC) + SETTLED


def _fetched(client, bucket: str, run: Run, home: Path, work: Path, tell) -> int:
    """Fetch a run into the working folder, then swap it in. What an interrupted fetch left of the same run is used
    again.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    beside, size = work / f"{_safe(run.report)}-{run.period}-{run.mark}", 0
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number, item in enumerate(run.files, 1):
        target = beside / f"{number:05d}-{_safe(item['Key'].rpartition('/')[2])}"
        if not _DATA.search(target.name):
            continue
        if not (target.exists() and target.stat().st_size == item["Size"]):
            part = target.with_name(f".{target.name}.part")
            try:
                with part.open("wb") as out:
                    client.download_fileobj(bucket, item["Key"], out)
            except (ClientError, BotoCoreError) as error:
                raise CostDNAError(
                    "A bill's file cannot be fetched.",
                    found=str(error),
                    where=f"s3://{bucket}/{item['Key']}",
                    next_step="Run it again: what is here stays.",
                    code="s3",
                ) from error
            os.replace(part, target)
        size += item["Size"]
        tell(number, len(run.files), f"{run.report} of {run.period}")
    former = work / f"{_safe(run.report)}-{run.period}-former"
    shutil.rmtree(former, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if home.exists():
        os.replace(home, former)
    os.replace(beside, home)
    for stale in work.glob(f"{_safe(run.report)}-{run.period}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    return size


def _safe(name: str) -> str:
    """A name from a key as a file's name: no separators, no leading dots."""
    return re.sub(r"[^\w.=-]+", "-", name).lstrip(".") or "bill"


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
