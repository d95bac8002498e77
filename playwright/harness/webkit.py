"""WebKitGTK's MiniBrowser, through plain W3C WebDriver, on a virtual screen. Real Safari cannot be run here."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from harness.browsers import Waiting

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def minibrowser() -> str:
    """Path of MiniBrowser, which Debian keeps in a private folder."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))
    if not found:
        raise RuntimeError("WebKitGTK's MiniBrowser is missing. Install webkit2gtk-driver.")
    return str(found[-1])


class WebKitTab(Waiting):
    def __init__(self, browser: WebKit, handle: str):
        self.browser, self.handle = browser, handle

    def js(self, expression: str) -> Any:
        self.browser.ask("POST", "/window", handle=self.handle)
        script = (
            "const done = arguments[arguments.length - 1];"
            f"(async () => ({expression}))().then((v) => done({{ value: JSON.stringify(v) ?? 'null' }}), (e) => done({{ error: String(e?.message ?? e) }}));"
        )
        answer = self.browser.ask("POST", "/execute/async", script=script, args=[])
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return json.loads(answer["value"])

    def files(self, selector: str, paths: list[Path]) -> None:
        self.browser.ask("POST", "/window", handle=self.handle)
        element = self.browser.ask("POST", "/element", using="css selector", value=selector)[ELEMENT]
        self.browser.ask("POST", f"/element/{element}/value", text="\n".join(str(p) for p in paths))

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.browser.ask("GET", "/screenshot")))

    def close(self) -> None:
        self.browser.ask("POST", "/window", handle=self.handle)
        self.browser.ask("DELETE", "/window")


class WebKit:
    name = "webkit"

    def __init__(self, path: str, folder: Path):
        self.log = (folder / "webkit.log").open("w")
        read, write = os.pipe()
        # Xvfb picks a free screen itself and writes its number to the pipe.
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=(write,),
            stdout=self.log,
            stderr=self.log,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            display = pipe.readline().strip()
        port = free_port()
        environment = {
            **os.environ,
            "DISPLAY": f":{display}",
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
            "GDK_BACKEND": "x11",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self.driver = subprocess.Popen(
            [path, f"--port={port}", "--host=127.0.0.1"], env=environment, stdout=self.log, stderr=self.log
        )
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                self.request("GET", "/status")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        options = {"binary": minibrowser(), "args": ["--automation"]}
        session = self.request(
            "POST", "/session", {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        )
        self.session = f"/session/{session['sessionId']}"
        self.ask("POST", "/timeouts", script=300000, pageLoad=300000, implicit=0)
        self.first = True

    def request(self, method: str, path: str, body: dict | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{method} {path}: {e.read().decode('utf-8', 'replace')[:2000]}") from None

    def ask(self, method: str, path: str, **body: Any) -> Any:
        return self.request(method, self.session + path, body if method == "POST" else None)

    def open(self, url: str) -> WebKitTab:
        handle = self.ask("GET", "/window") if self.first else self.ask("POST", "/window/new", type="tab")["handle"]
        self.first = False
        self.ask("POST", "/window", handle=handle)
        self.ask("POST", "/url", url=url)
        return WebKitTab(self, handle)

    def close(self) -> None:
        try:
            self.request("DELETE", self.session)
        finally:
            for process in (self.driver, self.screen):
                process.terminate()
                process.wait(30)
            self.log.close()
