"""`costdna desktop` under a virtual screen: the page in a Qt window, confined; closed in the middle of writing it ends
cleanly.

Skipped where the extra `desktop` or Xvfb is absent: `make test-desktop` brings what it can and runs this.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

CHILD = """
import os, sys
os.environ["QT_API"] = "pyside6"
from pathlib import Path
import costdna_companion.window.shown as shown
from costdna_companion.cli import main
from costdna_companion.native import shipped
port, site = int(sys.argv.pop()), Path(sys.argv.pop())
found, really = shipped.find, shown.show
shipped.find = lambda *parts: site if parts[-1] == "site" else found(*parts)
class Dialog:  # a person at the system's own dialog: cancels the first, names a place in the second
    asked = []
    @staticmethod
    def getSaveFileName(parent, title, name):
        Dialog.asked.append(name)
        place = os.path.join(os.environ["XDG_DATA_HOME"], "saved-" + name)
        return ("" if len(Dialog.asked) == 1 else place, "")
def show(address, gui):
    from costdna_companion.window import qt
    qt.QFileDialog = Dialog
    print(address, flush=True)  # to the test, which drives the window; nobody else is told the token
    really(address, gui, debug_port=port, ready=lambda window: (sys.stdin.readline(), window.destroy()))
shown.show = show
main()
"""


def absent() -> str:
    """What is missing for a window, or nothing."""
    for module in ("webview", "PySide6", "qtpy"):
        if importlib.util.find_spec(module) is None:
            return f"no {module}: the window needs the extra `desktop`; make test-desktop installs it and runs this"
    return "" if shutil.which("Xvfb") else "no Xvfb: make browsers"


class Window:
    """A running `costdna desktop`; `page` is what it shows, driven from outside."""

    def __init__(self, double, folder: Path, bill: Path, site: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        environment = {
            **double.environment,
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(runtime),
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        }
        self.log = (folder / "log").open("w+")
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        environment["DISPLAY"] = f":{self.screen.stdout.readline().strip()}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, "desktop", str(bill), str(site), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=environment,
        )
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), (folder / "log").read_text()[-2000:]
        self.home, _, self.token = self.address.partition("#token=")
        self.port = port

    def ask(self, path: str, body: dict | None = None):
        request = urllib.request.Request(
            f"{self.home}api/v1/companion{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def close(self) -> int:
        """Close the window as a person does; the process's own exit status."""
        if self.process.poll() is None:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return self.process.wait(60)


@pytest.fixture
def window(built, tmp_path):
    if why := absent():
        pytest.skip(why)
    from account import furnish
    from aws_double import Double

    with Double() as double:
        things = furnish(double, tmp_path / "company")
        running = Window(double, tmp_path, tmp_path / "company" / "bill.csv", built)
        running.double, running.things, running.folder = double, things, tmp_path
        yield running
        for process in (running.process, running.screen):
            if process.poll() is None:
                process.kill()


def test_the_window_is_confined_and_closes_cleanly_while_writing(window, sink):
    from account import tags
    from costdna_companion.write.journal import read
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        for _ in range(100):
            try:
                browser = driver.chromium.connect_over_cdp(f"http://127.0.0.1:{window.port}", no_defaults=True)
                break
            except Exception:
                time.sleep(0.2)
        page = browser.contexts[0].pages[0]
        page.locator("#companion-open").wait_for(timeout=60_000)
        assert window.token not in page.evaluate("location.href")
        assert page.evaluate("[typeof window.pywebview, typeof window.qt, crossOriginIsolated, typeof indexedDB]") == [
            "undefined",
            "undefined",
            True,
            "object",
        ]
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((r) => r.length)") == 0

        # the page works in it: the bill is read and attributed by the same page and core
        page.locator("#companion-open").click()
        page.locator("#cd-heading").wait_for(timeout=120_000)
        page.locator('[data-go="screen:account"]').wait_for(timeout=60_000)
        if os.environ.get("COSTDNA_SHOTS"):
            page.locator('[data-go="screen:account"]').click()
            page.wait_for_timeout(1500)
            page.screenshot(path=str(Path(os.environ["COSTDNA_SHOTS"]) / "window.png"))

        # what leaves the page is saved where the system's own dialog says, and nowhere where it is cancelled
        page.locator('[data-go="screen:export"]').click()
        export = page.locator('[data-go="save:costdna-summary.html"]')
        export.wait_for()
        saved = window.folder / "data"
        export.click()
        page.wait_for_timeout(1500)
        assert not list(saved.glob("saved-*"))
        export.click()
        for _ in range(100):
            if list(saved.glob("saved-*.html")):
                break
            page.wait_for_timeout(100)
        (file,) = saved.glob("saved-*.html")
        page.wait_for_timeout(300)
        assert file.read_text("utf-8").rstrip().endswith("</html>")

        # away from here there is nothing: not by address, not by a link, not in a new window, not by a request
        for leave in (
            "location.href = at",
            "location.assign(at)",
            "window.open(at)",
            "Object.assign(document.body.appendChild(document.createElement('a')), { href: at, target: '_blank' }).click()",
            "document.body.append(Object.assign(document.createElement('iframe'), { src: at }))",
        ):
            page.evaluate(f"(at) => {{ {leave}; }}", sink.url)
        assert page.evaluate("(at) => fetch(at).then(() => 'went', () => 'stopped')", sink.url) == "stopped"
        page.wait_for_timeout(500)
        assert page.evaluate("location.origin") + "/" == window.home and sink.received == []
        browser.close()

    # closed in the middle of writing: the row in hand is finished and journalled, nothing else is begun
    rows = [
        {
            "ResourceId": arn,
            "SubAccountId": "",
            "RegionId": "",
            "x_Key": "window",
            "x_OldValue": "",
            "x_NewValue": "yes",
            "BilledCost": "1",
        }
        for arn in window.things
    ]
    plan = {
        "schema_version": 1,
        "key": "window",
        "least": 0.9,
        "replace": False,
        "currency": "USD",
        "sources": [],
        "rows": rows,
        "passed": [],
        "total": "1",
    }
    digest = window.ask("/plan", {"text": json.dumps(plan)})["result"]["digest"]
    job = window.ask("/apply", {"digest": digest, "canary": 0})
    while window.ask(f"/jobs/{job['id']}")["done"] < 1:
        time.sleep(0.02)
    assert window.close() == 0
    (journal,) = (window.folder / "data" / "costdna" / "runs").glob("*.jsonl")
    lines, whole = read(journal)
    outcomes = {line["arn"]: line["status"] for line in lines if line["kind"] == "outcome"}
    begun = {line["arn"] for line in lines if line["kind"] == "before"}
    assert (
        whole == journal.stat().st_size
        and begun == set(outcomes)
        and set(outcomes.values()) == {"written"}
        and 0 < len(outcomes) < len(rows)
    )
    assert {
        arn for arn, about in window.things.items() if tags(window.double, arn, about["kind"]).get("window") == "yes"
    } == set(outcomes)
    with pytest.raises(OSError):
        urllib.request.urlopen(window.home, timeout=2)


GTK = """
import sys, threading
sys.path.append("/usr/lib/python3/dist-packages")  # Debian's own binding to GTK
from pathlib import Path
from costdna.workspace import Workspace
from costdna_companion.server import local
from costdna_companion.window.shown import show
answer = local.LocalHandler.do_GET
def told(self):
    if self.path.startswith("/said"):
        print(self.path, flush=True)
    return answer(self)
local.LocalHandler.do_GET = told
with local.server(Workspace([]), Path(sys.argv[1])) as running:
    threading.Thread(target=running.serve_forever, daemon=True).start()
    show(running.address, "gtk", ready=lambda window: (sys.stdin.readline(), window.destroy()))
    running.shutdown()
"""


def test_gtk_shows_a_page_it_cannot_leave(sink, tmp_path):
    """A smoke: WebKitGTK takes no driver of ours, so the page tells by what it asks for."""
    if importlib.util.find_spec("webview") is None:
        pytest.skip("no webview: the window needs the extra `desktop`; make test-desktop installs it and runs this")
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.append('/usr/lib/python3/dist-packages'); import gi; gi.require_version('WebKit2', '4.1'); from gi.repository import WebKit2",
        ],
        capture_output=True,
    )
    if found.returncode or not shutil.which("dbus-run-session") or not shutil.which("xvfb-run"):
        pytest.skip(
            "no WebKitGTK with its Python binding, dbus or Xvfb: apt-get install python3-gi gir1.2-webkit2-4.1 dbus-daemon xvfb"
        )
    (tmp_path / "index.html").write_text(f"""<title>t</title><script>
      fetch('/said-' + [typeof window.pywebview, self.crossOriginIsolated].join('-'));
      setTimeout(() => {{ location.href = '{sink.url}away'; window.open('{sink.url}new'); }}, 500);
      setTimeout(() => fetch('/said-' + [typeof window.pywebview, 'still-here'].join('-')), 2500);
    </script>""")
    child = subprocess.Popen(
        ["dbus-run-session", "--", "xvfb-run", "-a", sys.executable, "-c", GTK, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    try:
        said = []
        for line in child.stdout:
            said += [line.strip()] if line.startswith("/said") else []
            if len(said) == 2:
                break
        assert said == ["/said-undefined-true", "/said-undefined-still-here"] and sink.received == []
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.read()
        assert child.wait(30) == 0
    finally:
        child.kill()
