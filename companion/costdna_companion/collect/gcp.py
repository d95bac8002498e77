"""Google Cloud: admin activity logs → EVENTS' rows, Cloud Asset Inventory → INVENTORY and MEMBERSHIPS, billing exports
in a bucket → files. Tried against a fake on loopback, untested on a live account.

Sources: Cloud Logging entries.list and AuditLog; Cloud Asset searchAllResources (v1); Cloud Storage objects (JSON API,
v1).
"""

import datetime as dt
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from costdna.events import WROTE
from costdna_companion.actors.actor import Actor
from costdna_companion.actors.names import is_pipeline
from costdna_companion.collect.inventory.fetch import read
from costdna_companion.collect.inventory.tabulate import moment, tagged
from costdna_companion.collect.rest import Rest, keep, token

PERMISSIONS = (
    "logging.logEntries.list",
    "cloudasset.assets.searchAllResources",
    "storage.objects.list",
    "storage.objects.get",
)
"""IAM permissions; roles/logging.viewer, roles/cloudasset.viewer and roles/storage.objectViewer hold them."""

DAYS = 400  # admin activity is kept so long in the _Required bucket
_READS = ("get", "list", "aggregatedList", "search", "testIamPermissions", "getIamPolicy")
_GROUPS = {"goog-k8s-cluster-name": "cluster", "goog-dataproc-cluster-name": "cluster", "goog-gke-cluster": "cluster"}
"""Labels that Google itself sets on what a cluster made."""


def bearer() -> Callable[[], str]:
    """A token from COSTDNA_GCP_TOKEN or the gcloud command line."""
    return token("COSTDNA_GCP_TOKEN", ["gcloud", "auth", "print-access-token"])


def fetch(
    rest: Rest,
    project: str,
    days: int,
    folder: Path,
    now: dt.datetime,
    tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[dict]:
    """Admin activity day by day and all assets of a project, as raw pages; rows of COVERAGE. Resumable by day: one that
    was fetched after its end is not asked again. days: 0 leaves the log out.
    """
    rows, days = [], min(days, DAYS)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(days):
        first = today - dt.timedelta(days=number)
        settled = first + dt.timedelta(days=1, hours=2)
        row = keep(
            folder / project / "activity" / f"{first:%Y-%m-%d}.jsonl",
            _activity(rest, project, first),
            "gcp admin activity",
            project,
            stop,
            lambda: now,
            settled=settled,
        )
        rows.append(
            {**row, "x_Detail": f"{first:%Y-%m-%d}: {row['x_Detail']}" if row["x_Status"] != "complete" else ""}
        )
        tell(number + 1, days + 1, f"admin activity of {first:%Y-%m-%d}")
        if row["x_Status"] == "denied":
            break
    worst = next(
        (r for status in ("denied", "partial") for r in rows if r["x_Status"] == status), rows[0] if rows else None
    )
    assets = keep(
        folder / project / "assets.jsonl", _assets(rest, project), "gcp asset inventory", project, stop, lambda: now
    )
    tell(days + 1, days + 1, "the assets")
    return [*([worst] if worst else []), assets]


def _activity(rest: Rest, project: str, first: dt.datetime) -> Iterator[dict]:
    wanted = f'logName="projects/{project}/logs/cloudaudit.googleapis.com%2Factivity" AND timestamp>="{first:%Y-%m-%dT%H:%M:%SZ}" AND timestamp<"{first + dt.timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"'
    page_token = ""
    while True:
        page = rest.post(
            "https://logging.googleapis.com/v2/entries:list",
            {
                "resourceNames": [f"projects/{project}"],
                "filter": wanted,
                "orderBy": "timestamp asc",
                "pageSize": 1000,
                **({"pageToken": page_token} if page_token else {}),
            },
        )
        yield page
        page_token = page.get("nextPageToken") or ""
        if not page_token:
            return


def _assets(rest: Rest, project: str) -> Iterator[dict]:
    page_token = ""
    while True:
        query = urllib.parse.urlencode({"pageSize": 500, **({"pageToken": page_token} if page_token else {})})
        page = rest.get(
            f"https://cloudasset.googleapis.com/v1/projects/{urllib.parse.quote(project, safe='')}:searchAllResources?{query}"
        )
        yield page
        page_token = page.get("nextPageToken") or ""
        if not page_token:
            return


def events(folder: Path) -> pd.DataFrame:
    """Raw entries → the columns of `costdna.events.WROTE`, in the order of time, each entry once. A long operation is
    told at its start and end: its start counts.
    """
    once: dict[str, tuple] = {}
    for file in sorted(folder.glob("*/activity/*.jsonl")):
        for page in read(file):
            for entry in page.get("entries", []):
                row = _entry(entry)
                if row:
                    once.setdefault(
                        (entry.get("operation") or {}).get("id") or entry.get("insertId") or str(len(once)), row
                    )
    frame = pd.DataFrame(sorted(once.values(), key=lambda r: (r[0], r[7], r[3], r[1])), columns=WROTE)
    return frame.astype({"x_At": "datetime64[ns]", "x_ReadOnly": bool, "x_Failed": bool})


def _entry(entry: dict) -> tuple | None:
    told = entry.get("protoPayload") or {}
    at, resource = moment(entry.get("timestamp")), told.get("resourceName") or ""
    if pd.isna(at) or not resource:
        return None
    method = told.get("methodName") or ""
    project = ((entry.get("resource") or {}).get("labels") or {}).get("project_id", "")
    actor = _actor(told.get("authenticationInfo") or {})
    return (
        at,
        actor.id,
        actor.kind,
        method,
        project,
        method.rpartition(".")[2] in _READS,
        bool((told.get("status") or {}).get("code")),
        resource,
        "gcp",
    )


def _actor(who: dict) -> Actor:
    """Whom a service account acted for, where the log says so; else the account: a pipeline by its name, a workload's
    role, or Google's own.
    """
    for step in who.get("serviceAccountDelegationInfo") or []:
        first = (step.get("firstPartyPrincipal") or {}).get("principalEmail") or step.get("principalSubject") or ""
        if first and not first.endswith("gserviceaccount.com"):
            return Actor("human", first.removeprefix("user:"))
    mail = who.get("principalEmail") or ""
    if not mail:
        subject = who.get("principalSubject") or ""
        return (
            Actor("pipeline", subject.rpartition("/subject/")[2] or subject, "gcp")
            if subject.startswith("principal")
            else Actor("unknown", "gcp")
        )
    name, _, domain = mail.partition("@")
    if domain.endswith("iam.gserviceaccount.com") and not domain.startswith("gcp-sa-"):
        return Actor("pipeline" if is_pipeline(name) else "role", name, domain.removesuffix(".iam.gserviceaccount.com"))
    if domain.endswith("gserviceaccount.com"):
        return Actor("service", domain)
    return Actor("human", mail)


def tables(folder: Path) -> tuple[list[dict], list[tuple]]:
    """(rows of INVENTORY, rows of MEMBERSHIPS) of the assets: clusters by Google's own labels, and what hangs on a
    parent resource.
    """
    rows, members = [], []
    for file in sorted(folder.glob("*/assets.jsonl")):
        for page in read(file):
            for item in page.get("results", []):
                name, account = item.get("name") or "", file.parent.name
                if not name:
                    continue
                labels = tagged(item.get("labels"))
                service, _, kind = str(item.get("assetType") or "").partition("/")
                rows.append(
                    {
                        "ProviderName": "Google Cloud",
                        "SubAccountId": account,
                        "RegionId": item.get("location") or "",
                        "ResourceId": name,
                        "ResourceName": item.get("displayName") or name.rpartition("/")[2],
                        "ResourceType": f"{service.partition('.')[0]}:{kind.lower()}",
                        "Tags": labels,
                        "x_Created": moment(item.get("createTime")),
                        "x_State": item.get("state") or "",
                        "x_Source": "gcp asset inventory",
                    }
                )
                members += [
                    (account, name, group, labels[label], "gcp asset inventory")
                    for label, group in _GROUPS.items()
                    if labels.get(label)
                ]
                parent = item.get("parentFullResourceName") or ""
                if parent and "cloudresourcemanager" not in parent:
                    members += [(account, one, "attachment", parent, "gcp asset inventory") for one in (name, parent)]
    return rows, members


def listed(rest: Rest, bucket: str, prefix: str) -> list[dict]:
    """Objects under a prefix (name, etag, size), for billing exports that were extracted into a bucket: BigQuery holds
    the original.
    """
    out, page_token = [], ""
    while True:
        query = urllib.parse.urlencode(
            {
                "prefix": prefix,
                "fields": "items(name,etag,size),nextPageToken",
                **({"pageToken": page_token} if page_token else {}),
            }
        )
        page = rest.get(f"https://storage.googleapis.com/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o?{query}")
        out += page.get("items", [])
        page_token = page.get("nextPageToken") or ""
        if not page_token:
            return out


def fetched(rest: Rest, bucket: str, prefix: str, folder: Path) -> list[Path]:
    """Every object under a prefix, as files of `folder`; one that is here under its ETag is not fetched again, one of
    ours that is gone there is removed.
    """
    import hashlib
    import re

    out = []
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for item in listed(rest, bucket, prefix):
        mark = hashlib.sha256(f"{item['name']} {item['etag']}".encode()).hexdigest()[:12]
        target = folder / f"{mark}-{item['name'].rpartition('/')[2]}"
        if not item["name"].endswith("/") and not target.exists():
            beside = target.with_name(f".{target.name}.part")
            beside.write_bytes(
                rest.raw(
                    f"https://storage.googleapis.com/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(item['name'], safe='')}?alt=media"
                )
            )
            beside.replace(target)
        if target.exists():
            out.append(target)
    # other files there are the user's own
    for stale in {p for p in folder.iterdir() if p.is_file() and re.match(r"\.?[0-9a-f]{12}-", p.name)} - set(out):
        stale.unlink()
    return sorted(out)
