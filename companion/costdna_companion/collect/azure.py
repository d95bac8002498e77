"""Azure: the activity log → EVENTS' rows, Resource Graph → INVENTORY and MEMBERSHIPS, cost exports → bill files. Tried
against a fake on loopback, untested on a live account.

Sources: Azure REST reference, Activity Logs - List (2015-04-01); Resource Graph - Resources (2022-10-01); Storage -
List Blobs; Cost Management exports' run manifest.
"""

import datetime as dt
import json
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from costdna.errors import CostDNAError
from costdna.events import WROTE
from costdna_companion.actors.actor import Actor
from costdna_companion.actors.names import is_email
from costdna_companion.collect.inventory.fetch import read
from costdna_companion.collect.inventory.tabulate import moment, tagged
from costdna_companion.collect.rest import Rest, keep, same_host, token

PERMISSIONS = (
    "Microsoft.Insights/eventtypes/values/Read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
)
"""Role definitions' actions; Azure's own roles Reader and Storage Blob Data Reader hold them."""

MANAGEMENT = "https://management.azure.com"
DAYS = 90
QUERY = "Resources | project id, name, type, location, resourceGroup, tags, managedBy, properties.timeCreated, properties.provisioningState | order by id asc"
_READS = ("/read", "/list/action", "/listkeys/action")


def management_token() -> Callable[[], str]:
    """The management API's token, from COSTDNA_AZURE_TOKEN or the az command line."""
    return token(
        "COSTDNA_AZURE_TOKEN", ["az", "account", "get-access-token", "--query", "accessToken", "--output", "tsv"]
    )


def storage_token() -> Callable[[], str]:
    """The storage service's token, from COSTDNA_AZURE_STORAGE_TOKEN or the az command line."""
    return token(
        "COSTDNA_AZURE_STORAGE_TOKEN",
        [
            "az",
            "account",
            "get-access-token",
            "--resource",
            "https://storage.azure.com/",
            "--query",
            "accessToken",
            "--output",
            "tsv",
        ],
    )


def fetch(
    rest: Rest,
    subscription: str,
    days: int,
    folder: Path,
    now: dt.datetime,
    tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[dict]:
    """The activity log day by day (writes and actions; Azure keeps 90 days) and all resources, as raw pages; rows of
    COVERAGE.

    Resumable by day: a day that was fetched after its end is not asked again. days: 0 leaves the log out.
    """
    rows, days = [], min(days, DAYS)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(days):
        first = today - dt.timedelta(days=number)
        settled = first + dt.timedelta(days=1, hours=2)
        row = keep(
            folder / subscription / "activity" / f"{first:%Y-%m-%d}.jsonl",
            _activity(rest, subscription, first, stop),
            "azure activity log",
            subscription,
            stop,
            lambda: now,
            settled=settled,
        )
        rows.append(
            {**row, "x_Detail": f"{first:%Y-%m-%d}: {row['x_Detail']}" if row["x_Status"] != "complete" else ""}
        )
        tell(number + 1, days + 1, f"the activity log of {first:%Y-%m-%d}")
        if rows[-1]["x_Status"] == "denied":
            break
    worst = next(
        (r for status in ("denied", "partial") for r in rows if r["x_Status"] == status), rows[0] if rows else None
    )
    graph = keep(
        folder / subscription / "resources.jsonl",
        _resources(rest, subscription),
        "azure resource graph",
        subscription,
        stop,
        lambda: now,
    )
    tell(days + 1, days + 1, "the resources")
    return [*([worst] if worst else []), graph]


def _activity(rest: Rest, subscription: str, first: dt.datetime, stop) -> Iterator[dict]:
    span = f"eventTimestamp ge '{first:%Y-%m-%dT%H:%M:%SZ}' and eventTimestamp le '{first + dt.timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}'"
    url = (
        f"{MANAGEMENT}/subscriptions/{urllib.parse.quote(subscription, safe='')}/providers/Microsoft.Insights/eventtypes/management/values?"
        + urllib.parse.urlencode({"api-version": "2015-04-01", "$filter": span})
    )
    while url:
        page = rest.get(url)
        yield page
        url = same_host(page.get("nextLink") or "", MANAGEMENT)


def _resources(rest: Rest, subscription: str) -> Iterator[dict]:
    skip = ""
    while True:
        page = rest.post(
            f"{MANAGEMENT}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
            {
                "subscriptions": [subscription],
                "query": QUERY,
                "options": {"resultFormat": "objectArray", "$top": 1000, **({"$skipToken": skip} if skip else {})},
            },
        )
        yield page
        skip = page.get("$skipToken") or ""
        if not skip:
            return


def events(folder: Path) -> pd.DataFrame:
    """Raw activity → the columns of `costdna.events.WROTE`, in the order of time, each event once (Azure tells of its
    start and its end).
    """
    once: dict[str, tuple] = {}
    for file in sorted(folder.glob("*/activity/*.jsonl")):
        for page in read(file):
            for event in page.get("value", []):
                row = _event(event)
                if row:
                    at = (event.get("operationId") or event.get("eventDataId") or str(len(once)), row[3], row[7])
                    once[at] = row if at not in once or row[6] else once[at]
    frame = pd.DataFrame(sorted(once.values(), key=lambda r: (r[0], r[7], r[3], r[1])), columns=WROTE)
    return frame.astype({"x_At": "datetime64[ns]", "x_ReadOnly": bool, "x_Failed": bool})


def _event(event: dict) -> tuple | None:
    operation, caller = (event.get("operationName") or {}).get("value", ""), event.get("caller") or ""
    category = (event.get("category") or {}).get("value", "")
    at, resource = moment(event.get("eventTimestamp")), event.get("resourceId") or ""
    if pd.isna(at) or not resource or category not in ("Administrative", ""):
        return None
    status = (event.get("status") or {}).get("value", "")
    actor = _actor(caller, event.get("claims") or {})
    return (
        at,
        actor.id,
        actor.kind,
        operation,
        event.get("subscriptionId") or resource.split("/")[2],
        operation.lower().endswith(_READS),
        status in ("Failed", "Canceled"),
        resource.lower(),
        "azure",
    )


def _actor(caller: str, claims: dict) -> Actor:
    """A person by e-mail, an application by its id (a managed identity is a workload's role), or Azure itself."""
    if is_email(caller):
        return Actor("human", caller)
    if claims.get("xms_mirid"):
        return Actor("role", claims["xms_mirid"].rpartition("/")[2], "azure")
    if claims.get("idtyp") == "app" or claims.get("appid"):
        return Actor("pipeline", claims.get("appid") or caller, "azure")
    return Actor("service", caller) if caller else Actor("unknown", "azure")


def tables(folder: Path) -> tuple[list[dict], list[tuple]]:
    """(rows of INVENTORY, rows of MEMBERSHIPS) of the resources: a resource group holds what was made together; what is
    managed hangs on its manager.
    """
    rows, members = [], []
    for file in sorted(folder.glob("*/resources.jsonl")):
        for page in read(file):
            for item in page.get("data", []):
                ident, account = str(item.get("id") or "").lower(), file.parent.name
                if not ident:
                    continue
                rows.append(
                    {
                        "ProviderName": "Microsoft",
                        "SubAccountId": account,
                        "RegionId": item.get("location") or "",
                        "ResourceId": ident,
                        "ResourceName": item.get("name") or "",
                        "ResourceType": str(item.get("type") or "").lower(),
                        "Tags": tagged(item.get("tags")),
                        "x_Created": moment(item.get("properties_timeCreated")),
                        "x_State": str(item.get("properties_provisioningState") or ""),
                        "x_Source": "azure resource graph",
                    }
                )
                if item.get("resourceGroup"):
                    members.append(
                        (account, ident, "stack", str(item["resourceGroup"]).lower(), "azure resource graph")
                    )
                if item.get("managedBy"):
                    members += [
                        (account, one, "attachment", item["managedBy"].lower(), "azure resource graph")
                        for one in (ident, item["managedBy"].lower())
                    ]
    return rows, members


def exports(rest: Rest, storage: str, container: str, prefix: str) -> dict[str, list[str]]:
    """Period (YYYY-MM) → blobs of its newest run, by the manifest that a run's folder holds. Runs without one are
    unfinished.
    """
    home, listed, marker = f"https://{storage}.blob.core.windows.net", {}, ""
    while True:
        query = urllib.parse.urlencode(
            {"restype": "container", "comp": "list", "prefix": prefix, **({"marker": marker} if marker else {})}
        )
        answer = ElementTree.fromstring(
            rest.raw(f"{home}/{urllib.parse.quote(container)}?{query}", headers={"x-ms-version": "2023-11-03"})
        )
        for blob in answer.iter("Blob"):
            listed[blob.findtext("Name", "")] = blob.findtext("Properties/Creation-Time", "") or blob.findtext(
                "Properties/Last-Modified", ""
            )
        marker = answer.findtext("NextMarker") or ""
        if not marker:
            break
    newest: dict[str, tuple] = {}
    for name in sorted(n for n in listed if n.endswith("manifest.json")):
        told = json.loads(
            rest.raw(f"{home}/{container}/{urllib.parse.quote(name)}", headers={"x-ms-version": "2023-11-03"})
        )
        info, blobs = told.get("runInfo", {}), [b.get("blobName", "") for b in told.get("blobs", [])]
        if not blobs or any(b not in listed for b in blobs):
            continue
        period, at = str(info.get("startDate", ""))[:7], str(info.get("submittedTime", ""))
        if period and (period not in newest or (at, name) > newest[period][:2]):
            newest[period] = (at, name, blobs)
    if not newest:
        raise CostDNAError(
            "No cost export is delivered here.",
            found=f"{len(listed):,} blobs, no whole manifest",
            where=f"{home}/{container}/{prefix}",
            next_step="Give the container and folder of the export; its first run takes a day.",
            code="no-manifest",
        )
    return {period: blobs for period, (_, _, blobs) in sorted(newest.items())}


def fetched(rest: Rest, storage: str, container: str, prefix: str, folder: Path) -> list[Path]:
    """The newest run of every month of an export, as `folder`/<YYYY-MM>/<run>/ files; a run that is here is not fetched
    again, former ones go.
    """
    import hashlib
    import re
    import shutil

    out = []
    for period, blobs in exports(rest, storage, container, prefix).items():
        home = folder / period / hashlib.sha256("\n".join(blobs).encode()).hexdigest()[:12]
        if not home.exists():
            beside = folder.with_name(f".{folder.name}.fetching") / home.name
            beside.mkdir(parents=True, exist_ok=True, mode=0o700)
            for number, blob in enumerate(blobs, 1):
                (beside / f"{number:05d}-{blob.rpartition('/')[2]}").write_bytes(
                    rest.raw(
                        f"https://{storage}.blob.core.windows.net/{urllib.parse.quote(container)}/{urllib.parse.quote(blob)}",
                        headers={"x-ms-version": "2023-11-03"},
                    )
                )
            home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for former in home.parent.iterdir():
                # other folders there are the user's own
                if former.is_dir() and re.fullmatch("[0-9a-f]{12}", former.name):
                    shutil.rmtree(former)
            beside.replace(home)
        out += sorted(home.iterdir())
    return out
