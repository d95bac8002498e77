"""The local server gives nothing to a foreign host, origin or name, and nothing of a bill without its token."""

import http.client
import json
import socket
import threading

import bills
import pytest
from costdna.tools import tools
from costdna.workspace import Workspace
from costdna_companion.server.guard import HEADERS
from costdna_companion.server.local import LIMIT, server
from readings import reading


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    (site / "index.html").write_text("<!doctype html><title>page</title>")
    (site.parent / "secret.txt").write_text("not the page's")
    space = Workspace([reading(bills.company(teams=3, per_team=4))])
    space.prove()
    with server(space, site) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def ask(running, method="GET", path="/api/v1/tools", body=b"", **headers):
    port = running.server_address[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {running.token}",
        "Content-Length": str(len(body)),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    return (
        answer.status,
        json.loads(raw) if answer.headers.get_content_type() == "application/json" else raw,
        answer.headers,
    )


def test_with_the_token_every_tool_answers(running):
    status, answer, headers = ask(running)
    assert status == 200 and {t["name"] for t in answer["tools"]} == {t.name for t in tools() if not t.write}
    assert all(headers[name] == value for name, value in HEADERS.items()) and headers["Cache-Control"] == "no-store"
    status, answer, _ = ask(running, "POST", "/api/v1/tools/summary", b"{}")
    assert status == 200 and answer["result"]["ledger"]["residual"].strip("0.") == ""


@pytest.mark.parametrize(
    "refused, status",
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:{port}"}, 421),
        ({"Host": None}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Basic {token}"}, 401),
        ({"Authorization": "Bearer ünï"}, 401),
    ],
)
@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/v1/tools"),
        ("POST", "/api/v1/tools/summary"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/health"),
    ],
)
def test_everybody_else_gets_nothing(running, refused, status, method, path):
    headers = {
        name: value and value.replace("{port}", str(running.server_address[1])).replace("{token}", running.token)
        for name, value in refused.items()
    }
    headers = {name: value.encode("utf-8").decode("latin-1") if value else value for name, value in headers.items()}
    got, answer, _ = ask(running, method, path, b"{}" if method == "POST" else b"", **headers)
    assert got == status and answer == {"error": {"code": str(status), "message": "Refused."}}


def test_the_pages_own_files_need_no_token_but_the_right_host(running):
    assert ask(running, path="/", Authorization=None)[0] == 200
    assert ask(running, path="/", Authorization=None, Host="evil.example")[0] == 421
    assert ask(running, "POST", "/", b"x", Authorization=None)[0] == 405


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/index.html/../../secret.txt"]
)
def test_nothing_outside_the_sites_folder_is_handed_out(running, path):
    status, answer, _ = ask(running, path=path)
    assert status in (400, 404) or b"not the page" not in answer
    assert b"not the page" not in (answer if isinstance(answer, bytes) else b"")


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/api/v1/tools/nothing", b"{}", 404),
        ("/api/v1/tools/answer", b"{}", 404),
        ("/api/v1/tools/__init__", b"{}", 404),
        ("/api/v1/tools/list_teams", b"not json", 400),
        ("/api/v1/tools/list_teams", b"[1]", 400),
        ("/api/v1/tools/list_services", b'{"limit": "ten"}', 400),
        ("/api/v1/tools/list_services", b'{"limit": true}', 400),
        ("/api/v1/tools/list_services", b'{"more": 1}', 400),
        ("/api/v1/tools/explain", b"{}", 400),
        ("/api/v1/tools/explain", b'{"resource_id": "nowhere-at-all"}', 422),
    ],
)
def test_a_wrong_call_says_what_is_wrong(running, path, body, status):
    got, answer, _ = ask(running, "POST", path, body)
    assert got == status and answer["error"]["message"] and answer["error"]["next"]


def test_a_body_that_is_too_long_is_not_read(running):
    assert ask(running, "POST", "/api/v1/tools/summary", b"", Content_Length=str(LIMIT + 1))[0] == 413
    assert ask(running, "POST", "/api/v1/tools/summary", b"", Content_Length="-1")[0] == 413


def test_a_bug_is_an_answer_that_keeps_its_secrets(running, monkeypatch, capfd):
    monkeypatch.setattr(Workspace, "list_teams", lambda self, **given: int("planted of the bill"))
    status, answer, _ = ask(running, "POST", "/api/v1/tools/list_teams", b"{}")
    assert (
        status == 500
        and answer["error"]["code"] == "bug"
        and "planted" not in str(answer) + "".join(capfd.readouterr())
    )
    assert ask(running, "POST", "/api/v1/tools/summary", b"[" * 100_000)[0] == 400
    assert ask(running, path="/costs/trend?days=%C2%B2")[0] == 422


def test_one_connection_hears_each_answer_apart(running):
    """HEAD brings no body, and a body of unknown length ends the connection: neither is taken for what comes next."""
    port, ours = running.server_address[1], f"Authorization: Bearer {running.token}"

    def hear(*lines: str) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall("".join(f"{one}\r\n" for one in lines).encode())
            return b"".join(iter(lambda: line.recv(65536), b""))

    host = f"Host: 127.0.0.1:{port}"
    raw = hear("HEAD /api/v1/health HTTP/1.1", host, ours, "", "GET /nothing HTTP/1.1", host, "Connection: close", "")
    assert (
        raw.startswith(b"HTTP/1.1 405")
        and raw.count(b"HTTP/1.1 ") == 2
        and raw.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 404")
    )
    raw = hear("POST /api/v1/tools/summary HTTP/1.1", host, ours, "Transfer-Encoding: chunked", "")
    assert raw.startswith(b"HTTP/1.1 411") and raw.count(b"HTTP/1.1 ") == 1 and b"Cache-Control: no-store" in raw


def test_the_description_names_every_tool_and_the_token(running):
    document = ask(running, path="/api/v1/openapi.json")[1]
    assert document["security"] == [{"token": []}]
    assert {f"/api/v1/tools/{t.name}" for t in tools() if not t.write} <= set(document["paths"])
