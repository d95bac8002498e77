"""The companion's paths over HTTP: found only with the token, whole journeys on an AWS on loopback, a session kept for
the user alone.
"""

import http.client
import json
import stat
import threading
import time

import boto3
import pytest
from costdna import session_file
from costdna.workspace import Workspace
from costdna_companion.server.desk import TOOLS, Desk
from costdna_companion.server.kept import key
from costdna_companion.server.local import server
from costdna_companion.server.routes_companion import Companion
from moto import mock_aws
from readings import line, reading

REGION, BUCKETS = "eu-west-1", [f"shop-{n}" for n in range(6)]


@pytest.fixture
def running(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    bill = tmp_path / "bill.csv"
    bill.write_text("a bill")
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(
        '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; connect-src \'self\'">'
    )
    (site / "sw.js").write_text("self")
    desk = Desk(tmp_path / "data" / "costdna", bills=[bill])
    with server(Workspace([]), site, companion=Companion(desk)) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        made.desk = desk
        yield made
        made.shutdown()


@pytest.fixture
def buckets(running):
    """Six buckets that nobody tagged."""
    with mock_aws():
        for name in BUCKETS:
            boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield BUCKETS


def ask(running, method, path, body=None, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", running.server_address[1], timeout=20)
    connection.request(
        method,
        path,
        body if isinstance(body, (str, bytes, type(None))) else json.dumps(body),
        {} if token == "" else {"Authorization": f"Bearer {token or running.token}"},
    )
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    return (
        answer.status,
        json.loads(raw) if answer.headers.get_content_type() == "application/json" else raw,
        answer.headers,
    )


def done(running, tool, **arguments):
    status, job, _ = ask(running, "POST", f"/api/v1/companion/{tool}", arguments)
    assert status == 202, job
    for _ in range(2000):
        job = ask(running, "GET", f"/api/v1/companion/jobs/{job['id']}")[1]
        if job["state"] not in ("running", "paused", "stopping"):
            return job
        time.sleep(0.01)
    raise AssertionError(job)


def plan_text(values=BUCKETS) -> str:
    rows = [
        {
            "ResourceId": f"arn:aws:s3:::{name}",
            "SubAccountId": "123456789012",
            "RegionId": "",
            "x_Key": "team",
            "x_OldValue": "",
            "x_NewValue": "search",
            "BilledCost": "1.5",
        }
        for name in values
    ]
    return json.dumps(
        {
            "schema_version": 1,
            "key": "team",
            "least": 0.9,
            "replace": False,
            "currency": "USD",
            "sources": [],
            "rows": rows,
            "passed": [],
            "total": "9",
        }
    )


def team(bucket):
    try:
        return {t["Key"]: t["Value"] for t in boto3.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]}.get(
            "team"
        )
    except boto3.client("s3").exceptions.ClientError:
        return None


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/v1/companion"),
        ("POST", "/api/v1/companion/apply"),
        ("POST", "/api/v1/companion/doctor"),
        ("GET", "/api/v1/companion/bills/0"),
        ("GET", "/api/v1/companion/events"),
        ("PUT", "/api/v1/companion/session"),
        ("GET", "/api/v1/companion/session/ab"),
    ],
)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_the_token_there_is_nothing(running, method, path, token):
    assert ask(running, method, path, b"{}", token=token)[:2] == (
        401,
        {"error": {"code": "401", "message": "Refused."}},
    )


def test_the_page_is_told_what_there_is_and_gets_the_bill(running):
    status, found, _ = ask(running, "GET", "/api/v1/companion")
    assert status == 200 and [t["name"] for t in found["tools"]] == [t.name for t in TOOLS] and found["bills"] == 1
    assert ask(running, "GET", "/api/v1/companion/bills")[1]["files"] == [{"name": "bill.csv", "bytes": 6}]
    assert (
        ask(running, "GET", "/api/v1/companion/bills/0")[1] == b"a bill"
        and ask(running, "GET", "/api/v1/companion/bills/1")[0] == 404
    )
    assert {f"/api/v1/companion/{t.name}" for t in TOOLS} <= set(
        ask(running, "GET", "/api/v1/openapi.json")[1]["paths"]
    )


def test_the_policy_is_the_pages_own_and_no_service_worker_runs(running):
    _, _, headers = ask(running, "GET", "/", token="")
    assert headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    assert ask(running, "GET", "/sw.js", token="")[0] == 404


def test_plan_apply_verify_undo(running, buckets):
    made = ask(running, "POST", "/api/v1/companion/plan", {"text": plan_text()})[1]["result"]
    assert made["rows"] == 6 and [team(b) for b in BUCKETS] == [None] * 6
    assert stat.S_IMODE((running.desk.folder / "plans").stat().st_mode) == 0o700
    applied = done(running, "apply", digest=made["digest"])
    assert applied["result"]["counts"]["written"] == 6 and [team(b) for b in BUCKETS] == ["search"] * 6
    run = applied["result"]["run"]
    assert done(running, "verify", run=run)["result"]["counts"]["kept"] == 6
    assert ask(running, "POST", "/api/v1/companion/runs", {})[1]["result"]["runs"][0]["written"] == 6
    assert (
        done(running, "undo", run=run)["result"]["counts"]["restored"] == 6 and [team(b) for b in BUCKETS] == [None] * 6
    )


def test_another_role_writes_for_one_run_alone(running, buckets):
    role = "arn:aws:iam::123456789012:role/costdna-write"
    read, wrote = (
        ask(running, "POST", "/api/v1/companion/whoami", body)[1]["result"]["arn"] for body in ({}, {"writer": role})
    )
    assert "assumed-role/costdna-write/costdna" in wrote and "costdna-write" not in read
    digest = ask(running, "POST", "/api/v1/companion/plan", {"text": plan_text()})[1]["result"]["digest"]
    applied = done(running, "apply", digest=digest, writer=role)["result"]
    assert applied["counts"]["written"] == 6 and applied["account"] == "123456789012"
    assert done(running, "verify", run=applied["run"], writer=f" {role} ")["result"]["counts"]["kept"] == 6
    assert done(running, "undo", run=applied["run"], writer=role)["result"]["counts"]["restored"] == 6
    assert "costdna-write" not in ask(running, "POST", "/api/v1/companion/whoami", {})[1]["result"]["arn"]
    status, refused, _ = ask(running, "POST", "/api/v1/companion/whoami", {"writer": "arn:aws:iam::1:user/x"})
    assert status == 422 and refused["error"]["code"] == "role"
    status, refused, _ = ask(running, "POST", "/api/v1/companion/whoami", {"writer": "no-such-profile"})
    assert status == 422 and refused["error"]["code"] == "profile"


def test_a_job_paused_and_cancelled_leaves_whole_rows_and_goes_on_later(running, buckets, monkeypatch):
    from costdna_companion.write.cloud import Cloud

    gate, write = threading.Semaphore(0), Cloud.write
    monkeypatch.setattr(Cloud, "write", lambda self, *given: (gate.acquire(), write(self, *given))[1])
    digest = ask(running, "POST", "/api/v1/companion/plan", {"text": plan_text()})[1]["result"]["digest"]
    job = ask(running, "POST", "/api/v1/companion/apply", {"digest": digest})[1]
    at = f"/api/v1/companion/jobs/{job['id']}"
    assert ask(running, "POST", "/api/v1/companion/doctor", {})[0] == 409
    until = lambda **due: next(
        job
        for _ in range(1000)
        if all((job := ask(running, "GET", at)[1])[k] == v for k, v in due.items()) or time.sleep(0.01)
    )
    gate.release()
    until(done=1)
    ask(running, "POST", at + "/pause")  # the second row is in hand: it is finished first
    gate.release()
    until(state="paused")
    assert sum(team(b) == "search" for b in BUCKETS) == 2
    ask(running, "POST", at + "/cancel")
    stopped = until(state="cancelled")["result"]
    assert stopped["not_begun"] == 4 and stopped["counts"]["written"] == 2
    gate.release(9)
    again = done(running, "apply", digest=digest)["result"]
    assert again["resumed"] and again["run"] == stopped["run"] and again["counts"]["written"] == 6


def test_a_scan_travels_to_the_page_as_the_tables_it_takes(running, buckets, tmp_path):
    import gzip

    pytest.importorskip("costdna_web.companion")
    from costdna.pipeline import Wishes
    from costdna_web.companion import take

    boto3.client("s3").put_bucket_tagging(Bucket=BUCKETS[0], Tagging={"TagSet": [{"Key": "team", "Value": "search"}]})
    trail = tmp_path / "AWSLogs" / "1_CloudTrail_eu-west-1.json.gz"
    trail.parent.mkdir()
    event = {
        "eventID": "e",
        "eventTime": "2026-10-02T03:04:05Z",
        "eventName": "PutBucketPolicy",
        "eventSource": "s3.amazonaws.com",
        "awsRegion": REGION,
        "recipientAccountId": "123456789012",
        "readOnly": False,
        "userIdentity": {"type": "IAMUser", "userName": "ann", "accountId": "123456789012"},
        "requestParameters": {"bucketName": BUCKETS[0]},
    }
    trail.write_bytes(gzip.compress(json.dumps({"Records": [event]}).encode()))
    made = done(running, "scan", trail=str(tmp_path / "AWSLogs"), regions=[REGION], collect=["tags"])
    assert made["state"] == "done", made["error"]
    work = running.desk.folder / "scan"
    assert {stat.S_IMODE(p.stat().st_mode) for p in (running.desk.folder, work)} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in work.rglob("*") if p.is_file() and p.name != "coverage.json"} == {
        0o600
    }
    assert (
        made["result"]["events"] == 1
        and made["result"]["resources"] >= 1
        and {row["x_Status"] for row in made["result"]["coverage"]} == {"complete"}
    )
    wishes = Wishes()
    take(wishes, ask(running, "GET", "/api/v1/companion/events")[1])
    assert (
        wishes.events["x_At"].astype(str).tolist() == ["2026-10-02 03:04:05"]
        and BUCKETS[0] in wishes.events["x_Resources"][0]
    )
    assert ["inventory", "team", "search"] in json.loads(
        wishes.inventory.set_index("ResourceId").loc[f"arn:aws:s3:::{BUCKETS[0]}", "Tags"]
    ) and wishes.inventory["x_Created"].isna().all()


def test_a_scan_asks_the_accounts_that_it_was_started_with(buckets, tmp_path):
    from costdna_companion.collect.accounts import Account
    from costdna_companion.server.desk import acting
    from costdna_companion.server.jobs import Jobs

    accounts = [Account("123456789012"), Account("444455556666", role="costdna-read", regions=(REGION,))]
    desk, jobs, trail = (
        Desk(tmp_path / "desk", acting(accounts=accounts), accounts=accounts),
        Jobs(),
        tmp_path / "trail",
    )
    trail.mkdir()
    (trail / "1_CloudTrail_eu-west-1.json").write_text('{"Records": []}')
    job = jobs.start("scan", lambda job: desk.scan(job, trail=str(trail), regions=[REGION], collect=["tags"]))
    assert job._over.wait(60) and job.state == "done", job.error
    assert {row["SubAccountId"] for row in job.result["coverage"] if row["x_Source"].startswith("tags")} == {
        "123456789012",
        "444455556666",
    }
    assert (
        "assumed-role/costdna-write/"
        in acting(role_name="costdna-read", accounts=accounts)("arn:aws:iam::123456789012:role/eng/costdna-write")(
            "sts", "444455556666", REGION
        ).get_caller_identity()["Arn"]
    )


def test_a_plan_is_taken_only_as_it_was_kept_and_only_where_it_is_one(running, buckets):
    for text in ("no", "[]", "{}", plan_text(["x"]).replace("arn:aws:s3:::x", "x")):
        assert ask(running, "POST", "/api/v1/companion/plan", {"text": text})[0] == 422, text
    assert (
        ask(running, "POST", "/api/v1/companion/apply", {"digest": 1})[0] == 400
        and ask(running, "POST", "/api/v1/companion/apply", {"more": ""})[0] == 400
    )
    assert (
        done(running, "apply", digest="../../etc/passwd")["state"]
        == "failed"
        == done(running, "apply", digest="ab")["state"]
    )
    assert done(running, "scan")["error"]["code"] == "trail"


def test_a_call_without_what_it_needs_says_so(running):
    for tool, wanted in (("plan", "text"), ("apply", "digest"), ("verify", "run"), ("undo", "run")):
        status, answer, _ = ask(running, "POST", f"/api/v1/companion/{tool}", {})
        assert status == 400 and f"it needs {wanted}." in answer["error"]["message"]
        schema = ask(running, "GET", "/api/v1/openapi.json")[1]["paths"][f"/api/v1/companion/{tool}"]["post"][
            "requestBody"
        ]["content"]["application/json"]["schema"]
        assert schema["required"] == [wanted]
    assert (
        ask(running, "POST", "/api/v1/companion/runs", b"[" * 100_000)[0] == 400
        and ask(running, "POST", "/api/v1/companion/runs", {})[0] == 200
    )


def test_a_trail_is_read_by_as_many_processes_as_on_the_command_line(tmp_path, monkeypatch):
    import inspect

    from costdna_companion.cli.scan import scan
    from costdna_companion.collect.trail import load as module
    from costdna_companion.server.jobs import Jobs

    asked = []
    monkeypatch.setattr(module, "load", lambda folder, out, processes, tell: asked.append(processes) or 1 / 0)
    (tmp_path / "trail").mkdir()
    job = Jobs().start("scan", lambda job: Desk(tmp_path / "desk").scan(job, trail=str(tmp_path / "trail")))
    assert job._over.wait(20) and asked == [inspect.signature(scan).parameters["processes"].default]


def test_a_plan_for_two_people_is_not_applied_from_the_window(running, buckets):
    text = json.dumps(json.loads(plan_text()) | {"two_person": {"planner": "principal-00000000"}})
    digest = ask(running, "POST", "/api/v1/companion/plan", {"text": text})[1]["result"]["digest"]
    assert (
        done(running, "apply", digest=digest)["error"]["code"] == "approve" and [team(b) for b in BUCKETS] == [None] * 6
    )


def test_a_session_is_kept_for_the_user_alone_and_found_by_its_bill(running):
    space = Workspace([reading([line()])])
    space.prove()
    text = session_file.to_text(space.wishes, space.report)
    status, kept, _ = ask(running, "PUT", "/api/v1/companion/session", text)
    assert status == 200 and kept["kept"] == key(space.report.sources["x_SourceId"].tolist())
    assert ask(running, "GET", f"/api/v1/companion/session/{kept['kept']}")[1]["text"] == text
    assert (
        ask(running, "GET", "/api/v1/companion/session/none")[1]["text"]
        == ""
        == ask(running, "GET", "/api/v1/companion/session/..")[1]["text"]
    )
    status, other, _ = ask(running, "PUT", "/api/v1/companion/session?known=", text + " ")
    assert (status, other["error"]["code"], other["text"], other["mark"]) == (409, "changed", text, kept["mark"])
    assert ask(running, "PUT", f"/api/v1/companion/session?known={kept['mark']}", text + " ")[0] == 200
    status, other, _ = ask(running, "PUT", f"/api/v1/companion/session?known={kept['mark']}", text)
    assert status == 409 and other["text"] == text + " "
    (file,) = (running.desk.folder / "sessions").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert ask(running, "PUT", "/api/v1/companion/session", "{}")[0] == 422
