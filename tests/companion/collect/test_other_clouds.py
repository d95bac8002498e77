"""Azure and Google Cloud against fakes on loopback: paging, refusals, throttling, resuming, and what the raw answers
become. They prove wiring, not shapes: no live account was asked.
"""

import datetime as dt
import json
import threading
import urllib.parse
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
from costdna import schema
from costdna.errors import CostDNAError
from costdna.events import events as matched
from costdna_companion.collect import azure, gcp
from costdna_companion.collect.inventory.tabulate import inventory, memberships
from costdna_companion.collect.rest import Refused, Rest, keep, token

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SUB, VM = (
    "0f0f0f0f-0000-4000-8000-000000000001",
    "/subscriptions/0f0f0f0f-0000-4000-8000-000000000001/resourceGroups/Web-Prod/providers/Microsoft.Compute/virtualMachines/web-1",
)
DISK = VM.replace("virtualMachines/web-1", "disks/web-1-os")
INSTANCE = "projects/shop-prod/zones/europe-west1-b/instances/web-1"


class Fake:
    """Answers from a list of (path, page-maker); counts what is asked, and may refuse first."""

    def __init__(self, answer):
        fake = self
        self.asked, self.refuse = [], []

        class Handler(BaseHTTPRequestHandler):
            def _answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                split = urllib.parse.urlsplit(self.path)
                fake.asked.append(
                    (
                        urllib.parse.unquote(split.path),
                        dict(urllib.parse.parse_qsl(split.query)),
                        body,
                        self.headers.get("Authorization"),
                    )
                )
                status, out, more = (
                    (fake.refuse.pop(0), {"error": {"message": "no"}}, {"Retry-After": "7"})
                    if fake.refuse
                    else (200, answer(*fake.asked[-1][:3]), {})
                )
                raw = out if isinstance(out, bytes) else json.dumps(out).encode()
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = _answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.waits: list[float] = []
        self.rest = Rest(lambda: "planted-token", f"http://127.0.0.1:{self.server.server_port}", self.waits.append)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def activity(
    name: str,
    caller: str,
    status: str = "Succeeded",
    at: str = "2026-11-20T09:00:00.1234567Z",
    operation: str = "o1",
    claims: dict | None = None,
    resource: str = VM,
) -> dict:
    return {
        "eventDataId": name,
        "operationId": operation,
        "eventTimestamp": at,
        "caller": caller,
        "claims": claims or {},
        "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
        "category": {"value": "Administrative"},
        "status": {"value": status},
        "resourceId": resource.upper() if name == "e1" else resource,
        "subscriptionId": SUB,
    }


def azure_answer(path, query, body):
    if path.endswith("management/values"):
        if "2026-11-20T00" not in query.get("$filter", "2026-11-20T00"):
            return {"value": []}
        if "page" not in query:
            return {
                "value": [
                    activity("e1", "ana@example.com", "Started"),
                    activity("e2", "ana@example.com"),
                    activity("e9", "x", resource=""),
                ],
                "nextLink": f"{azure.MANAGEMENT}{path}?page=2",
            }
        return {
            "value": [
                activity("e3", "9d1c", operation="o2", claims={"idtyp": "app", "appid": "9d1c"}),
                activity("e4", "bo@example.com", "Failed", operation="o3"),
                activity(
                    "e5",
                    "77aa",
                    operation="o4",
                    claims={
                        "appid": "77aa",
                        "xms_mirid": "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker",
                    },
                ),
            ]
        }
    assert path == "/providers/Microsoft.ResourceGraph/resources" and body["subscriptions"] == [SUB]
    one = {
        "id": VM,
        "name": "web-1",
        "type": "Microsoft.Compute/virtualMachines",
        "location": "westeurope",
        "resourceGroup": "Web-Prod",
        "tags": {"team": "Web"},
        "properties_timeCreated": "2026-01-02T03:04:05Z",
    }
    two = {
        "id": DISK,
        "name": "web-1-os",
        "type": "Microsoft.Compute/disks",
        "location": "westeurope",
        "resourceGroup": "Web-Prod",
        "tags": None,
        "managedBy": VM,
    }
    return {"data": [two]} if body["options"].get("$skipToken") else {"data": [one], "$skipToken": "next"}


def entry(
    name: str, who: dict, code: int = 0, method: str = "v1.compute.instances.insert", operation: str = ""
) -> dict:
    return {
        "insertId": name,
        "timestamp": "2026-11-20T09:00:00.123456789Z",
        "resource": {"labels": {"project_id": "shop-prod"}},
        **({"operation": {"id": operation}} if operation else {}),
        "protoPayload": {
            "methodName": method,
            "resourceName": INSTANCE,
            "authenticationInfo": who,
            **({"status": {"code": code}} if code else {}),
        },
    }


def gcp_answer(path, query, body):
    if path == "/v2/entries:list":
        if 'timestamp>="2026-11-20' not in body["filter"]:
            return {}
        if not body.get("pageToken"):
            return {
                "entries": [
                    entry("a", {"principalEmail": "ana@example.com"}, operation="op"),
                    entry("b", {"principalEmail": "ana@example.com"}, operation="op"),
                ],
                "nextPageToken": "2",
            }
        return {
            "entries": [
                entry("c", {"principalEmail": "terraform@shop-prod.iam.gserviceaccount.com"}),
                entry("d", {"principalEmail": "bo@example.com"}, 7),
                entry("e", {"principalEmail": "x@example.com"}, method="v1.compute.instances.list"),
                entry(
                    "f",
                    {
                        "principalEmail": "deploy@shop-prod.iam.gserviceaccount.com",
                        "serviceAccountDelegationInfo": [
                            {"firstPartyPrincipal": {"principalEmail": "cleo@example.com"}}
                        ],
                    },
                ),
            ]
        }
    if path.endswith(":searchAllResources"):
        one = {
            "name": f"//compute.googleapis.com/{INSTANCE}",
            "assetType": "compute.googleapis.com/Instance",
            "displayName": "web-1",
            "location": "europe-west1-b",
            "labels": {"team": "web", "goog-k8s-cluster-name": "kube"},
            "createTime": "2026-01-02T03:04:05Z",
            "state": "RUNNING",
        }
        return (
            {"results": [{**one, "name": one["name"] + "-disk", "parentFullResourceName": one["name"], "labels": {}}]}
            if query.get("pageToken")
            else {"results": [one], "nextPageToken": "2"}
        )
    if query.get("alt") == "media":
        return b"bill"
    return {"items": [{"name": "focus/2026-11/part-0.parquet", "etag": "e1", "size": "4"}]}


@pytest.fixture
def fake(request):
    made = Fake(request.param)
    yield made
    made.close()


AZURE, GCP = (
    pytest.mark.parametrize("fake", [azure_answer], indirect=True),
    pytest.mark.parametrize("fake", [gcp_answer], indirect=True),
)


def things(*resources) -> pd.DataFrame:
    frame = schema.OWNABLES.empty().reindex(range(len(resources)))
    frame["x_OwnableId"], frame["SubAccountId"], frame["ResourceId"] = range(1, len(resources) + 1), "x", resources
    return frame.astype({"x_OwnableId": "int64"})


@AZURE
def test_azures_log_becomes_events_of_the_bills_resources(fake, tmp_path):
    rows = azure.fetch(fake.rest, SUB, 3, tmp_path, NOW)
    assert [(r["x_Source"], r["x_Status"]) for r in rows] == [
        ("azure activity log", "complete"),
        ("azure resource graph", "complete"),
    ]
    wrote = azure.events(tmp_path)
    # start and end of one write are one event
    assert sorted(zip(wrote["x_ActorKind"], wrote["x_Failed"])) == [
        ("human", False),
        ("human", True),
        ("pipeline", False),
        ("role", False),
    ]
    told = matched(wrote, things(VM.lower()))  # Azure writes one id in several cases
    assert told["x_ActorId"].tolist() == ["human:ana@example.com", "pipeline:azure:9d1c", "role:azure:worker"] and set(
        told["x_Origin"]
    ) == {"azure"}
    assert {authorization for *_, authorization in fake.asked} == {"Bearer planted-token"} and not any(
        "planted-token" in f.read_text() for f in tmp_path.rglob("*.jsonl")
    )


@AZURE
def test_azures_resources_and_their_groups(fake, tmp_path):
    azure.fetch(fake.rest, SUB, 0, tmp_path, NOW)
    rows, members = azure.tables(tmp_path)
    seen, joined = inventory(rows), memberships(members)
    assert (
        seen["ResourceId"].tolist() == [DISK.lower(), VM.lower()]
        and json.loads(seen["Tags"][1]) == [["inventory", "team", "Web"]]
        and seen["x_Created"][1] == pd.Timestamp("2026-01-02 03:04:05")
    )
    assert (
        set(zip(joined["x_Kind"], joined["x_Group"])) == {("stack", "web-prod"), ("attachment", VM.lower())}
        and len(joined) == 4
    )


@AZURE
def test_a_day_that_is_over_is_asked_once_and_today_again_tomorrow(fake, tmp_path):
    azure.fetch(fake.rest, SUB, 3, tmp_path, NOW)
    days = lambda: sorted(q["$filter"].split("'")[1][:10] for path, q, *_ in fake.asked if "$filter" in q)
    assert days() == ["2026-11-18", "2026-11-19", "2026-11-20"]
    fake.asked.clear()
    azure.fetch(fake.rest, SUB, 3, tmp_path, NOW + dt.timedelta(days=1))
    assert days() == ["2026-11-20", "2026-11-21"]  # the 20th was open when it was fetched


@AZURE
@pytest.mark.parametrize("code, status", [(403, "denied"), (401, "denied"), (500, "partial")])
def test_denied_is_not_empty(fake, tmp_path, code, status):
    fake.refuse = [code, code]
    rows = azure.fetch(fake.rest, SUB, 1, tmp_path, NOW)
    assert (
        [r["x_Status"] for r in rows] == [status, status]
        and f"HTTP {code}" in rows[1]["x_Detail"]
        and not list(tmp_path.rglob("*.jsonl*"))
    )


def test_whom_a_cloud_refuses_is_in_no_row(tmp_path):
    def pages():
        raise Refused(
            "The client 'live.com#ada.lovelace@planted.example' with object id 'x' does not have authorization",
            found="HTTP 403",
            code="403",
        )
        yield

    row = keep(tmp_path / "x.jsonl", pages(), "azure", SUB)
    assert (
        row["x_Status"] == "denied"
        and row["x_Detail"] == "HTTP 403: The client '…' with object id 'x' does not have authorization"
    )


@GCP
def test_throttling_is_waited_out_as_long_as_it_says(fake, tmp_path):
    fake.refuse = [429, 429]
    rows = gcp.fetch(fake.rest, "shop-prod", 0, tmp_path, NOW)
    assert rows[0]["x_Status"] == "complete" and fake.waits == [7.0, 7.0]


@GCP
def test_googles_log_becomes_events_of_the_bills_resources(fake, tmp_path):
    rows = gcp.fetch(fake.rest, "shop-prod", 2, tmp_path, NOW)
    assert [r["x_Status"] for r in rows] == ["complete", "complete"]
    wrote = gcp.events(tmp_path)
    told = matched(wrote, things(f"//compute.googleapis.com/{INSTANCE}"))
    assert [(a, r) for a, r in zip(told["x_ActorId"], told["x_ReadOnly"])] == [
        ("human:ana@example.com", False),
        ("human:cleo@example.com", False),
        ("human:x@example.com", True),
        ("pipeline:shop-prod:terraform", False),
    ]
    assert len(wrote) == 5 and wrote["x_Failed"].sum() == 1 and set(told["x_Origin"]) == {"gcp"}


@GCP
def test_googles_assets_and_their_groups(fake, tmp_path):
    gcp.fetch(fake.rest, "shop-prod", 0, tmp_path, NOW)
    rows, members = gcp.tables(tmp_path)
    seen, joined = inventory(rows), memberships(members)
    assert seen["ResourceType"].tolist() == ["compute:instance", "compute:instance"] and seen[
        "ProviderName"
    ].unique().tolist() == ["Google Cloud"]
    assert set(zip(joined["x_Kind"], joined["x_Group"])) == {
        ("cluster", "kube"),
        ("attachment", f"//compute.googleapis.com/{INSTANCE}"),
    }


@GCP
def test_an_extracted_export_is_fetched_once(fake, tmp_path):
    first = gcp.fetched(fake.rest, "bills", "focus/", tmp_path)
    before = len(fake.asked)
    assert (
        first == gcp.fetched(fake.rest, "bills", "focus/", tmp_path)
        and [p.read_bytes() for p in first] == [b"bill"]
        and len(fake.asked) == before + 1
    )


@GCP
def test_what_is_gone_at_the_source_goes_and_the_users_own_files_stay(fake, tmp_path):
    first = gcp.fetched(fake.rest, "bills", "focus/", tmp_path)
    (tmp_path / "notes.ods").write_text("mine")
    (tmp_path / "0123456789ab-gone.csv").write_text("of a former delivery")
    assert gcp.fetched(fake.rest, "bills", "focus/", tmp_path) == first
    assert {p.name for p in tmp_path.iterdir()} == {"notes.ods", *(p.name for p in first)}


@pytest.mark.parametrize(
    "answer, said", [(b"<html>proxy", "no JSON"), (None, "cannot be reached")], ids=["proxy", "broken off"]
)
def test_an_answer_that_is_none_is_an_error_with_words(answer, said, monkeypatch):
    from costdna_companion.collect import rest as module

    class Broken:
        def open(self, request, timeout):
            raise IncompleteRead(b"half") if answer is None else AssertionError

    fake = Fake(lambda path, query, body: answer)
    try:
        if answer is None:
            monkeypatch.setattr(module, "_OPENER", Broken())
        with pytest.raises(CostDNAError, match=said):
            fake.rest.get("https://logging.googleapis.com/x")
    finally:
        fake.close()


def test_of_azures_exports_only_the_newest_whole_run_counts(tmp_path):
    runs = {"r1": "2026-11-02T01:00:00Z", "r2": "2026-11-03T01:00:00Z", "r3": "2026-11-04T01:00:00Z"}
    blobs = [
        f"costs/daily/20261101-20261130/{run}/{name}"
        for run in runs
        for name in ("manifest.json", "part_0.csv")
        if (run, name) != ("r3", "part_0.csv")
    ]

    def answer(path, query, body):
        if query.get("comp") == "list":
            part = blobs[:3] if "marker" not in query else blobs[3:]
            return (
                f"<EnumerationResults><Blobs>{''.join(f'<Blob><Name>{b}</Name><Properties><Last-Modified>x</Last-Modified></Properties></Blob>' for b in part)}</Blobs>"
                f"<NextMarker>{'m' if part == blobs[:3] else ''}</NextMarker></EnumerationResults>"
            ).encode()
        run = path.split("/")[-2]
        return {
            "runInfo": {"startDate": "2026-11-01T00:00:00", "submittedTime": runs[run]},
            "blobs": [{"blobName": f"costs/daily/20261101-20261130/{run}/part_0.csv"}],
        }

    fake = Fake(answer)
    try:
        for name in ("mine", "0123456789ab"):  # the user's own, and a former run
            (tmp_path / "out" / "2026-11" / name).mkdir(parents=True)
        files = azure.fetched(fake.rest, "acct", "bills", "costs/", tmp_path / "out")
        assert {p.name for p in (tmp_path / "out" / "2026-11").iterdir()} == {"mine", files[0].parent.name}
        assert [p.name for p in files] == ["00001-part_0.csv"] == [p.name for p in (tmp_path / "out").rglob("*.csv")]
        before = len(fake.asked)
        # two pages, three manifests
        assert (
            azure.fetched(fake.rest, "acct", "bills", "costs/", tmp_path / "out") == files
            and len(fake.asked) == before + 5
        )
        assert azure.exports(fake.rest, "acct", "bills", "costs/") == {
            "2026-11": ["costs/daily/20261101-20261130/r2/part_0.csv"]
        }
    finally:
        fake.close()


def test_a_token_goes_nowhere_else():
    with pytest.raises(CostDNAError, match="over TLS only"):
        Rest(lambda: "t").get("http://management.azure.com/x")

    def elsewhere(path, query, body):
        return {"value": [], "nextLink": "https://elsewhere.example/steal"}

    fake = Fake(elsewhere)
    try:
        with pytest.raises(CostDNAError, match="another host"):
            list(azure._activity(fake.rest, SUB, NOW, lambda: False))
        assert len(fake.asked) == 1
    finally:
        fake.close()


def test_a_token_comes_from_the_environment_or_the_clouds_own_tool(monkeypatch):
    monkeypatch.setenv("COSTDNA_GCP_TOKEN", "given")
    assert gcp.bearer()() == "given"
    monkeypatch.delenv("COSTDNA_GCP_TOKEN")
    assert token("COSTDNA_GCP_TOKEN", ["printf", "fresh"])() == "fresh"
    with pytest.raises(CostDNAError, match="gave none"):
        token("COSTDNA_GCP_TOKEN", ["no-such-tool-costdna"])()


@AZURE
def test_a_scan_asks_azure_and_its_log_and_tags_reach_the_bill(fake, tmp_path, monkeypatch):
    """A FOCUS bill of one virtual machine: the tag is Resource Graph's, the actor is the activity log's."""
    from costdna_companion.cli import app
    from typer.testing import CliRunner

    names = "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeFrequency,ProviderName,RegionId,ResourceId,ServiceName,SubAccountId,Tags"
    lines = [
        f'1.5,1.5,2,1.5,b1,EUR,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,2026-11-{d:02}T00:00:00Z,2026-11-{d + 1:02}T00:00:00Z,Usage,Usage-Based,Microsoft,westeurope,{VM},Virtual Machines,{SUB},"{{}}"'
        for d in range(1, 21)
    ]
    (tmp_path / "focus.csv").write_text("\n".join([names, *lines]) + "\n", encoding="utf-8")
    monkeypatch.setenv("COSTDNA_AZURE_TOKEN", "planted-token")
    monkeypatch.setenv("COSTDNA_AZURE_ENDPOINT", fake.rest._root)
    run = CliRunner().invoke(
        app(),
        [
            "scan",
            str(tmp_path / "focus.csv"),
            "--azure",
            SUB,
            "--activity-days",
            "1",
            "--work-dir",
            str(tmp_path / "work"),
            "-o",
            "json",
            "-q",
        ],
        catch_exceptions=False,
    )
    result = json.loads(run.stdout)
    assert (
        run.exit_code == 0
        and result["inventory"]["resources"] == 2
        and result["inventory"]["in_the_bill"] == 1
        and "planted-token" not in run.output
    )
    assert [t["team"].lower() for t in result["teams"] if t["team"]] == ["web"] and {
        r["x_Source"] for r in result["coverage_of_sources"]
    } == {"azure activity log", "azure resource graph"}
